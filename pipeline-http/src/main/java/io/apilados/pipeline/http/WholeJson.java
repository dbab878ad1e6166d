// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.enrich.JsonRecord;
import java.io.IOException;
import java.io.OutputStream;

/** Writes records that are JSON already; known to be all that is done to them, so that a batch may be written at once. */
enum WholeJson implements RecordJson<JsonRecord> {
    INSTANCE;

    @Override
    public void write(JsonRecord record, OutputStream out) throws IOException {
        record.writeTo(out);
    }
}
