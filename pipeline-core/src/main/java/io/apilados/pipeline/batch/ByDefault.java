// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.enrich.JsonRecord;

/** {@link RecordBytes#ofDefaults()}: one that is known to need no object of a record. */
enum ByDefault implements RecordBytes<Object> {
    INSTANCE;

    @Override
    public long of(Object record, byte[] rawCsv) {
        return of(record, rawCsv.length);
    }

    /** The same, for a record of which so many bytes were read. */
    static long of(Object record, int rawBytes) {
        return record instanceof JsonRecord json ? ofJson(json.sizeBytes()) : rawBytes;
    }

    /** A record and the comma after it. */
    static long ofJson(int bytes) {
        return bytes + 1L;
    }
}
