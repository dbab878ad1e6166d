// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineListener;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs a pipeline over a big file that never exists: its bytes are made while they are read, and its records are counted
 * when they are delivered. A process of its own, so that the test can give it little memory.
 *
 * <p>Arguments: a {@link Fault}, the size in bytes, the reject file. Prints the rejected records' lines, how many records
 * were delivered as the delivery saw it, and the summary as JSON on the last line.
 */
final class BigFileMain {

    static final int ROWS_IN_BLOCK = 1000;

    /** Longer than the longest record that the parser takes. */
    private static final int LARGE_FIELD_BYTES = CsvParser.DEFAULT_MAX_RECORD_BYTES + (1 << 19);

    private BigFileMain() {}

    enum Fault {
        NONE,
        OPEN_QUOTE_IN_ROW_10,
        LARGE_ROW_IN_THE_MIDDLE
    }

    public static void main(String[] args) {
        Fault fault = Fault.valueOf(args[0]);
        GeneratedSource source = new GeneratedSource(fault, Long.parseLong(args[1]));
        CCTsCatalog.Builder catalog = CCTsCatalog.builder();
        for (int i = 0; i < IngestFolder.KEYS.size(); i++) {
            catalog.put(IngestFolder.KEYS.get(i), 1000 + i);
        }
        AtomicLong counted = new AtomicLong();
        BatchDelivery<JsonRecord> counting = batch -> {
            counted.addAndGet(batch.size());
            return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
        };
        var report = Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(catalog.build()))
                        .requiringId("id"))
                .batch(BatchSizing.ofDefaults())
                .deliver(counting)
                .rejects(RejectedRecords.csv(Path.of(args[2])))
                .listener(new PipelineListener() {
                    @Override
                    public void recordRejected(RejectedRecord record) {
                        System.out.println("rejected " + record.position().line() + " " + record.code());
                    }
                })
                .build()
                .run();
        System.out.println("rows " + source.rows());
        System.out.println("counted " + counted.get());
        System.out.println(report.toJson());
    }

    /** A header, and then one block of rows over and over. */
    private static final class GeneratedSource implements ByteSource {
        private final List<Stretch> stretches;
        private final long rows;

        GeneratedSource(Fault fault, long sizeBytes) {
            Stretch header = new Stretch(bytes(IngestFolder.HEADER + "\n"), 1);
            byte[] block = block(fault == Fault.OPEN_QUOTE_IN_ROW_10 ? 0 : -1);
            byte[] first = block(fault == Fault.OPEN_QUOTE_IN_ROW_10 ? 10 : -1);
            long blocks = Math.max(2, sizeBytes / block.length);
            boolean large = fault == Fault.LARGE_ROW_IN_THE_MIDDLE;
            rows = blocks * ROWS_IN_BLOCK + (large ? 1 : 0);
            stretches = List.of(
                    header,
                    new Stretch(first, 1),
                    new Stretch(block, blocks / 2),
                    new Stretch(large ? largeRow() : new byte[0], 1),
                    new Stretch(block, blocks - 1 - blocks / 2));
        }

        private static byte[] block(int rowWithOpenQuote) {
            StringBuilder block = new StringBuilder();
            for (int i = 1; i <= ROWS_IN_BLOCK; i++) {
                String row = IngestFolder.row(i);
                block.append(i == rowWithOpenQuote ? row.replace("Nombre", "\"Nombre") : row)
                        .append('\n');
            }
            return bytes(block.toString());
        }

        private static byte[] largeRow() {
            byte[] name = new byte[LARGE_FIELD_BYTES];
            Arrays.fill(name, (byte) 'x');
            return bytes("P0," + IngestFolder.KEYS.get(0) + "," + new String(name, StandardCharsets.US_ASCII) + ",6\n");
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        long rows() {
            return rows;
        }

        @Override
        public String location() {
            return "generated";
        }

        @Override
        public SourceVersion version() {
            long size = stretches.stream()
                    .mapToLong(stretch -> stretch.bytes.length * stretch.times)
                    .sum();
            return new SourceVersion("generated", size, "always the same", false);
        }

        @Override
        public InputStream open(SourceVersion version, long byteOffset) throws IOException {
            if (byteOffset != 0) {
                throw new IOException("generated: can only be read from its start");
            }
            return new GeneratedStream(stretches);
        }
    }

    /** Bytes that stand there so many times. */
    private record Stretch(byte[] bytes, long times) {}

    private static final class GeneratedStream extends InputStream {
        private final List<Stretch> stretches;
        private int stretch;
        private long time;
        private int at;

        GeneratedStream(List<Stretch> stretches) {
            this.stretches = stretches;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int from, int length) {
            while (stretch < stretches.size()) {
                Stretch now = stretches.get(stretch);
                if (time == now.times) {
                    stretch++;
                    time = 0;
                } else if (at == now.bytes.length) {
                    time++;
                    at = 0;
                } else {
                    int n = Math.min(length, now.bytes.length - at);
                    System.arraycopy(now.bytes, at, to, from, n);
                    at += n;
                    return n;
                }
            }
            return -1;
        }
    }
}
