// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

/**
 * The catalog could not be asked, for as long as patience lasted. No record is at fault: a run that meets it stops, and
 * can go on later.
 */
public class CatalogUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With a message that holds neither a key nor a query. */
    public CatalogUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
