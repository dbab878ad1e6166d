// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.ByteArray;
import io.apilados.pipeline.source.SourcePosition;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Goes over the records of one source, one after the other. Malformed input is a step of its own, never an exception:
 * an exception means that the source itself cannot be read further.
 *
 * <p>Confined to one thread.
 *
 * @param <R> what a record is
 */
public interface RecordReader<R> extends Closeable {

    /** What {@link #advance()} came upon. */
    enum Step {
        /** A record: see {@link #record()}. */
        RECORD,
        /** Something that is no record: see {@link #malformed()}. */
        MALFORMED,
        /** Nothing is left. */
        END
    }

    /**
     * Goes to the next record.
     *
     * @throws IOException if the source fails; the reader is of no further use, open another one at
     *     {@link #nextPosition()}
     */
    Step advance() throws IOException;

    /** The record, after {@link Step#RECORD}. May be a view that the next {@link #advance()} changes. */
    R record();

    /**
     * The record at hand as an object that later steps leave alone, after {@link Step#RECORD}. By default it is
     * {@link #record()}: a reader whose records are views has to copy.
     */
    default R keep() {
        return record();
    }

    /** Where the record at hand starts, after {@link Step#RECORD}. */
    SourcePosition position();

    /** The byte offset of {@link #position()}. */
    default long byteOffset() {
        return position().byteOffset();
    }

    /** The record number of {@link #position()}. */
    default long recordNumber() {
        return position().recordNumber();
    }

    /** The line of {@link #position()}. */
    default long line() {
        return position().line();
    }

    /** What is wrong with it, after {@link Step#MALFORMED}. */
    RejectedRecord malformed();

    /** Where the next record starts: everything before it has been handed out. */
    SourcePosition nextPosition();

    /** The raw fields of the record at hand as {@link RejectedRecord#rawCsv()} wants them, after {@link Step#RECORD}. */
    byte[] rawCsv();

    /** Writes out what {@link #rawCsv()} returns. */
    default void rawCsvTo(ByteArray out) {
        out.write(rawCsv());
    }

    /** The names of the columns, in order; empty where records have none. */
    List<String> columns();

    /** The line of column names as it stands in the source, without its end; empty where there is none. */
    default byte[] rawHeader() {
        return new byte[0];
    }

    /**
     * What stands for the source in the keys of its records, where that is not the fingerprint of the version that is
     * being read: a file of rejected records is read with the keys of the source they came from.
     */
    default Optional<String> fingerprint() {
        return Optional.empty();
    }

    /** How many records so far were odd but accepted, such as those with a bare quote. */
    default long oddities() {
        return 0;
    }
}
