// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.checkpoint.SplitObjects;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedCsv;
import io.apilados.pipeline.report.RejectedRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * The rejected records of a split. They leave for the store as a part when a checkpoint is saved, and not before: what a
 * run that ended early writes above its checkpoint has gaps, and another attempt would take it for what belongs there.
 *
 * <p>Guarded by the ledger's lock.
 */
final class SplitRejects implements RejectedRecords {

    private final SplitObjects objects;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private byte[] rawHeader = new byte[0];

    /** How many bytes are in the store. */
    private long stored;

    SplitRejects(SplitObjects objects) {
        this.objects = objects;
    }

    @Override
    public void open(byte[] header, long mark) {
        rawHeader = header.clone();
        stored = mark;
    }

    @Override
    public void write(RejectedRecord record) throws IOException {
        if (stored + pending.size() == 0) {
            RejectedCsv.writeHeader(rawHeader, pending);
        }
        RejectedCsv.write(record, pending);
    }

    @Override
    public long sync() {
        return stored + pending.size();
    }

    /** Puts into the store what is not there yet, up to {@code mark}. */
    void store(long mark) throws IOException {
        int length = (int) (mark - stored);
        if (length > 0) {
            objects.writeRejects(stored, Arrays.copyOf(pending.toByteArray(), length));
            stored = mark;
            pending.reset();
        }
    }

    @Override
    public void close() {
        // What is not in the store is found again.
    }
}
