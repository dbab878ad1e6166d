// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.parse.RejectedRecord;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Where rejected records go, in the order of the source. Confined to one run; the run calls it from one thread at a
 * time.
 */
public interface RejectedRecords extends Closeable {

    /** Whether this is a place at all. Without one, the first record that has to be rejected stops the run. */
    default boolean accepts() {
        return true;
    }

    /** Where it is, written as {@code SourceVersion.location()} is; empty if it is no place on a disk. */
    default String location() {
        return "";
    }

    /**
     * Gets ready for a run.
     *
     * @param rawHeader the source's header as it stands there; empty if it has none
     * @param mark 0 for a new run, which discards what an earlier one left; else what {@link #sync()} returned when the
     *     checkpoint was taken from which the run goes on, and everything written after it is discarded
     * @throws IOException if the place cannot be made ready; nothing is sent then
     */
    void open(byte[] rawHeader, long mark) throws IOException;

    /**
     * Puts one aside.
     *
     * @throws IOException if that fails: the run stops, and its checkpoint does not pass the record
     */
    void write(RejectedRecord record) throws IOException;

    /**
     * Makes everything written so far survive a crash.
     *
     * @return where a later run goes on writing
     * @throws IOException if that fails: the run stops, and its checkpoint does not pass what is not durable
     */
    long sync() throws IOException;

    /**
     * Every record of the source is settled: the last step before the checkpoint says so, for places that have something to
     * finish. If it fails, the checkpoint does not say it, and a run that goes on comes here again.
     *
     * @throws IOException if that fails: the run fails
     */
    default void complete() throws IOException {}

    /**
     * A CSV file: {@code line,byte_offset,stage,code,message} and then the fields as they were read, under the source's
     * own header. The file is made when the first record is rejected. A new run takes the place of the reject file of
     * an earlier one, and refuses to take that of any other file.
     */
    static RejectedRecords csv(Path path) {
        return new CsvRejectedRecords(path);
    }

    /** Counts rejected records and keeps nothing of them. */
    static RejectedRecords counting() {
        return new CountingRejectedRecords(true);
    }

    /** No place: the first record that has to be rejected stops the run. The default. */
    static RejectedRecords none() {
        return new CountingRejectedRecords(false);
    }
}
