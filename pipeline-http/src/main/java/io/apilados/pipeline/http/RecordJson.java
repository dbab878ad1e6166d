// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes a record as one JSON value in UTF-8. Safe for use by many threads.
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface RecordJson<T> {

    /**
     * Writes the value.
     *
     * @throws IOException only if {@code out} fails
     */
    void write(T record, OutputStream out) throws IOException;
}
