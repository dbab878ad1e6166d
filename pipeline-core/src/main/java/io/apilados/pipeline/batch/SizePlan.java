// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.source.SourcePosition;

/** Has the last word on the size of a batch, when its first record comes. */
@FunctionalInterface
public interface SizePlan {

    /** Lets the adaptation decide. */
    SizePlan FREE = (first, wanted) -> wanted;

    /**
     * How much the batch takes that begins at {@code first}.
     *
     * @param wanted what the adaptation would like
     */
    BatchLimit limitFrom(SourcePosition first, BatchLimit wanted);
}
