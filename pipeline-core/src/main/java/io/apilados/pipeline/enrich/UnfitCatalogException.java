// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A catalog that could be read but is none: it stays so until somebody corrects it. */
final class UnfitCatalogException extends IOException {
    private static final long serialVersionUID = 1L;

    UnfitCatalogException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
