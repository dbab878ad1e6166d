// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedRecords;
import java.io.IOException;

/**
 * A place for rejected records that is not touched before there is one: most files have none, and the place is theirs alone.
 * Confined to one run.
 */
final class RejectsOnDemand implements RejectedRecords {

    private final RejectedRecords place;
    private byte[] header = {};
    private boolean opened;

    RejectsOnDemand(RejectedRecords place) {
        this.place = place;
    }

    @Override
    public String location() {
        return place.location();
    }

    @Override
    public boolean accepts() {
        return place.accepts();
    }

    @Override
    public void open(byte[] rawHeader, long mark) throws IOException {
        header = rawHeader.clone();
        opened = mark > 0;
        if (opened) {
            place.open(header, mark);
        }
    }

    @Override
    public void write(RejectedRecord record) throws IOException {
        if (!opened) {
            place.open(header, 0);
            opened = true;
        }
        place.write(record);
    }

    @Override
    public long sync() throws IOException {
        return opened ? place.sync() : 0;
    }

    @Override
    public void complete() throws IOException {
        if (opened) {
            place.complete();
        }
    }

    @Override
    public void close() throws IOException {
        if (opened) {
            place.close();
        }
    }
}
