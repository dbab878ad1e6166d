// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.batch.Batch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Records between fixed texts.
 *
 * @param <T> what a record is
 */
final class FramedJson<T> implements BodyFormat<T> {
    private final byte[] beforeMany;
    private final char between;
    private final byte[] afterMany;
    private final byte[] beforeOne;
    private final byte[] afterOne;
    private final String contentType;

    FramedJson(
            String beforeMany, char between, String afterMany, String beforeOne, String afterOne, String contentType) {
        this.beforeMany = beforeMany.getBytes(StandardCharsets.US_ASCII);
        this.between = between;
        this.afterMany = afterMany.getBytes(StandardCharsets.US_ASCII);
        this.beforeOne = beforeOne.getBytes(StandardCharsets.US_ASCII);
        this.afterOne = afterOne.getBytes(StandardCharsets.US_ASCII);
        this.contentType = contentType;
    }

    @Override
    public void writeMany(List<T> records, RecordJson<T> json, OutputStream out) throws IOException {
        out.write(beforeMany);
        for (int i = 0; i < records.size(); i++) {
            if (i > 0) {
                out.write(between);
            }
            json.write(records.get(i), out);
        }
        out.write(afterMany);
    }

    @Override
    public void writeBatch(Batch<T> batch, RecordJson<T> json, OutputStream out) throws IOException {
        if (batch.isJson() && json.equals(WholeJson.INSTANCE)) {
            out.write(beforeMany);
            batch.writeJson(out, between);
            out.write(afterMany);
        } else {
            writeMany(batch.records(), json, out);
        }
    }

    @Override
    public void writeOne(T record, RecordJson<T> json, OutputStream out) throws IOException {
        out.write(beforeOne);
        json.write(record, out);
        out.write(afterOne);
    }

    @Override
    public String contentType() {
        return contentType;
    }
}
