// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** A reject file as the peers' benchmark wants it: number of the record, line, reason, id. As durable as our own. */
final class HarnessRejects implements RejectedRecords {

    /** So many are written together. */
    private static final int MOST_HELD = 100;

    private final FileChannel file;
    private final List<RejectedRecord> held = new ArrayList<>();
    private final JsonBuffer lines = new JsonBuffer();

    HarnessRejects(Path path) throws IOException {
        file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Override
    public void open(byte[] rawHeader, long mark) throws IOException {
        file.truncate(mark);
    }

    @Override
    public void write(RejectedRecord record) throws IOException {
        held.add(record);
        if (held.size() == MOST_HELD) {
            flush();
        }
    }

    private void flush() throws IOException {
        // Not a method for each: there are just enough of them to have it compiled when the run is nearly over.
        lines.truncate(0);
        for (int i = 0; i < held.size(); i++) {
            RejectedRecord record = held.get(i);
            lines.number(record.position().recordNumber()).write(',');
            lines.number(record.position().line()).write(',');
            lines.raw(reason(record)).write(',');
            byte[] fields = record.rawCsv();
            lines.write(fields, 0, endOfFirst(fields));
            lines.write('\n');
        }
        held.clear();
        ByteBuffer bytes = lines.view();
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    private static int endOfFirst(byte[] fields) {
        int end = 0;
        while (end < fields.length && fields[end] != ',') {
            end++;
        }
        return end;
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
        flush();
        file.force(false);
        return file.position();
    }

    @Override
    public void close() throws IOException {
        try (file) {
            flush();
        }
    }
}
