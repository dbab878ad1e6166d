// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedRecords;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A reject file as the peers' benchmark wants it: number of the record, line, reason, id. As durable as our own. */
final class HarnessRejects implements RejectedRecords {

    private final FileChannel file;
    private final OutputStream out;
    private final JsonBuffer line = new JsonBuffer();

    HarnessRejects(Path path) throws IOException {
        file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        out = new BufferedOutputStream(Channels.newOutputStream(file));
    }

    @Override
    public void open(byte[] rawHeader, long mark) throws IOException {
        file.truncate(mark);
    }

    @Override
    public void write(RejectedRecord record) throws IOException {
        line.truncate(0);
        line.number(record.position().recordNumber()).write(',');
        line.number(record.position().line()).write(',');
        line.raw(reason(record)).write(',');
        byte[] fields = record.rawCsv();
        int end = 0;
        while (end < fields.length && fields[end] != ',') {
            end++;
        }
        line.write(fields, 0, end);
        line.write('\n');
        line.writeTo(out, 0, line.length());
    }

    private static String reason(RejectedRecord record) {
        return switch (record.code()) {
            case "missing-value" -> "missing_id";
            case "missing-key", "unknown-key" -> "unknown_cct";
            default -> "columns";
        };
    }

    @Override
    public long sync() throws IOException {
        out.flush();
        file.force(false);
        return file.position();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
