// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.parse.RejectedRecord;

/** Keeps nothing. */
record CountingRejectedRecords(boolean accepts) implements RejectedRecords {

    @Override
    public void open(byte[] rawHeader, long mark) {
        // There is nothing to make ready.
    }

    @Override
    public void write(RejectedRecord record) {
        // The report counts it.
    }

    @Override
    public long sync() {
        return 0;
    }

    @Override
    public void close() {
        // There is nothing to let go of.
    }
}
