// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.apilados.pipeline.bench.data.MemorySource;
import io.apilados.pipeline.bench.data.Participant;
import io.apilados.pipeline.bench.data.Participants;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvRow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A row of 23 fields becomes a JSON object in bytes, with the id of its school, which is looked up among 1,000. Ours
 * begins with the row as it was framed, the others with strings that were made beforehand: in a job they pay for those
 * too, see {@code decode}.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=encode</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RowJsonBenchmark {

    private static final int ROWS = 1_000;

    /** Makes JSON of rows. */
    interface RowEncoder {
        JsonRecord encode(int row) throws IOException;
    }

    /** The rows in both forms, and the catalog in both. */
    record Rows(List<CsvRow> framed, List<String[]> strings, CCTsCatalog catalog, Map<String, Integer> ids) {}

    /** Who makes it. */
    public enum Encoder {
        OURS {
            @Override
            RowEncoder of(Rows rows) {
                CCTsEnricher enricher = CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(rows.catalog));
                return row -> enricher.enrich(rows.framed.get(row));
            }
        },
        /** An object mapper that writes a record class. */
        JACKSON_RECORD {
            @Override
            RowEncoder of(Rows rows) {
                ObjectWriter writer = new ObjectMapper().writerFor(Participant.class);
                return row -> {
                    String[] fields = rows.strings.get(row);
                    int id = rows.ids.getOrDefault(fields[Participants.KEY_COLUMN], -1);
                    return JsonRecord.ofUtf8(writer.writeValueAsBytes(Participant.of(i -> fields[i], id)));
                };
            }
        },
        /** A generator that is told one member after the other. */
        JACKSON_STREAMING {
            @Override
            RowEncoder of(Rows rows) {
                JsonFactory factory = new JsonFactory();
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                return row -> {
                    String[] fields = rows.strings.get(row);
                    out.reset();
                    try (JsonGenerator json = factory.createGenerator(out)) {
                        json.writeStartObject();
                        for (int i = 0; i < fields.length; i++) {
                            json.writeStringField(Participants.COLUMNS.get(i), fields[i]);
                        }
                        json.writeNumberField("cctId", rows.ids.getOrDefault(fields[Participants.KEY_COLUMN], -1));
                        json.writeEndObject();
                    }
                    return JsonRecord.ofUtf8(out.toByteArray());
                };
            }
        };

        abstract RowEncoder of(Rows rows);
    }

    /** Who makes it. */
    @Param
    public Encoder encoder = Encoder.OURS;

    private RowEncoder encode = row -> JsonRecord.ofUtf8(new byte[0]);

    /** Makes the rows, and checks that the JSON holds what they hold. */
    @Setup
    public void setUp() throws IOException {
        Rows rows = rows();
        encode = encoder.of(rows);
        ObjectMapper json = new ObjectMapper();
        for (int row = 0; row < ROWS; row++) {
            String[] fields = rows.strings.get(row);
            Map<String, Object> expected = new HashMap<>();
            for (int i = 0; i < fields.length; i++) {
                expected.put(Participants.COLUMNS.get(i), fields[i]);
            }
            expected.put("cctId", rows.catalog.idOf(fields[Participants.KEY_COLUMN]));
            if (!json.readValue(encode.encode(row).asText(), Map.class).equals(expected)) {
                throw new IllegalStateException(encoder + " makes other JSON of row " + row);
            }
        }
    }

    private static Rows rows() throws IOException {
        List<CsvRow> framed = MemorySource.keptRows(ROWS, Participants.Quality.CLEAN, StandardCharsets.UTF_8);
        List<String[]> strings = new ArrayList<>();
        CCTsCatalog.Builder catalog = CCTsCatalog.builder();
        Map<String, Integer> ids = new HashMap<>();
        for (CsvRow row : framed) {
            String[] fields = new String[Participants.COLUMNS.size()];
            for (int i = 0; i < fields.length; i++) {
                fields[i] = row.text(i);
            }
            strings.add(fields);
            String key = fields[Participants.KEY_COLUMN];
            if (ids.putIfAbsent(key, Participants.FIRST_ID + ids.size()) == null) {
                catalog.put(key, ids.get(key));
            }
        }
        return new Rows(framed, strings, catalog.build(), ids);
    }

    /** All rows. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long row() throws IOException {
        long bytes = 0;
        for (int row = 0; row < ROWS; row++) {
            bytes += encode.encode(row).sizeBytes();
        }
        return bytes;
    }
}
