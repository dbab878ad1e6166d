// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;

/**
 * Makes records of bytes. Immutable and safe for use by many threads; the readers it opens are confined to one.
 *
 * @param <R> what a record is; may be a view that is valid only until the reader advances
 */
@FunctionalInterface
public interface RecordParser<R> {

    /**
     * Opens the source where a record starts.
     *
     * @param from {@link SourcePosition#START}, or a position that an earlier reader of the same version gave
     * @throws IOException if the source cannot be read, or its beginning makes no sense to this parser
     */
    RecordReader<R> open(ByteSource source, SourceVersion version, SourcePosition from) throws IOException;
}
