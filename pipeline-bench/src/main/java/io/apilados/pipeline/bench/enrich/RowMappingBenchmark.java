// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.apilados.pipeline.bench.data.MemorySource;
import io.apilados.pipeline.bench.data.Participant;
import io.apilados.pipeline.bench.data.Participants;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.enrich.JsonMapping;
import io.apilados.pipeline.parse.CsvRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
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
 * A row of 23 fields, as it was framed, becomes a JSON object of 23 members: written by a declared mapping into a buffer
 * that is used again, or by way of a record class and Jackson.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=encode</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RowMappingBenchmark {

    private static final int ROWS = 1_000;

    /** Writes a row's JSON after what is in the buffer. */
    interface RowMapper {
        void write(CsvRow row, JsonBuffer out) throws IOException;
    }

    /** Who writes it. */
    public enum Mapper {
        OURS {
            @Override
            RowMapper make() {
                return JsonMapping.builder()
                        .nulls("NA")
                        .text(Participants.COLUMNS.toArray(String[]::new))
                        .build()::encode;
            }
        },
        /** A record class of strings and an object mapper. */
        JACKSON_RECORD {
            @Override
            RowMapper make() {
                ObjectWriter json = new ObjectMapper().writerFor(Participant.class);
                return (row, out) -> out.write(json.writeValueAsBytes(Participant.of(i -> value(row, i), 0)));
            }
        };

        abstract RowMapper make();

        private static String value(CsvRow row, int column) {
            String text = row.text(column);
            return text.equalsIgnoreCase("NA") ? "" : text;
        }
    }

    /** Who writes it. */
    @Param
    public Mapper mapper = Mapper.OURS;

    private RowMapper write = (row, out) -> {};
    private List<CsvRow> rows = List.of();
    private final JsonBuffer out = new JsonBuffer();

    /** Makes the rows. */
    @Setup
    public void setUp() throws IOException {
        rows = MemorySource.keptRows(ROWS, Participants.Quality.CLEAN, StandardCharsets.UTF_8);
        write = mapper.make();
        ObjectMapper json = new ObjectMapper();
        for (CsvRow row : rows) {
            out.truncate(0);
            write.write(row, out);
            String id = json.readTree(out.copy(0, out.length())).path("id").asText();
            if (!id.equals(row.text("id"))) {
                throw new IllegalStateException(mapper + " makes something else of " + row);
            }
        }
    }

    /** All rows. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long row() throws IOException {
        long bytes = 0;
        for (CsvRow row : rows) {
            out.truncate(0);
            write.write(row, out);
            bytes += out.length();
        }
        return bytes;
    }
}
