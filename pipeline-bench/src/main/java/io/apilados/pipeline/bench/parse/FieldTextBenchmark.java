// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.parse;

import io.apilados.pipeline.bench.data.MemorySource;
import io.apilados.pipeline.bench.data.Participants;
import io.apilados.pipeline.parse.CsvRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
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
 * A field that was told apart becomes a string. A field of our rows knows whether there is anything but ASCII in it; the
 * others have bytes and a charset.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=decode</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FieldTextBenchmark {

    private static final int ROWS = 1_000;
    private static final int COLUMNS = 23;
    private static final int LONGEST_FIELD = 1_000;

    /** Makes the string of a field. */
    interface FieldText {
        String text(CsvRow row, int column);
    }

    /** Who makes it. */
    public enum Decoder {
        OURS {
            @Override
            FieldText of(Charset charset) {
                return CsvRow::text;
            }
        },
        /** {@code new String(bytes, from, length, charset)}. */
        JDK_STRING {
            @Override
            FieldText of(Charset charset) {
                return (row, column) ->
                        new String(row.bytes(), row.from(column), row.to(column) - row.from(column), charset);
            }
        },
        /** A decoder that is used again, as a reader of characters has it, and a string of what it wrote. */
        JDK_DECODER {
            @Override
            FieldText of(Charset charset) {
                CharsetDecoder decoder = charset.newDecoder();
                CharBuffer characters = CharBuffer.allocate(LONGEST_FIELD);
                return (row, column) -> {
                    int from = row.from(column);
                    characters.clear();
                    CoderResult unused = decoder.reset()
                            .decode(ByteBuffer.wrap(row.bytes(), from, row.to(column) - from), characters, true);
                    return characters.flip().toString();
                };
            }
        };

        abstract FieldText of(Charset charset);
    }

    /** Who makes it. */
    @Param
    public Decoder decoder = Decoder.OURS;

    /** Of what. */
    @Param({"UTF-8", "windows-1252"})
    public String charset = "UTF-8";

    private List<CsvRow> rows = List.of();
    private FieldText text = CsvRow::text;

    /** Makes the rows, and checks that every field becomes the same string. */
    @Setup
    public void setUp() throws IOException {
        Charset encoding = Charset.forName(charset);
        rows = MemorySource.keptRows(ROWS, Participants.Quality.PLAIN, encoding);
        text = decoder.of(encoding);
        for (CsvRow row : rows) {
            for (int column = 0; column < COLUMNS; column++) {
                if (!row.text(column).equals(text.text(row, column))) {
                    throw new IllegalStateException(decoder + " makes another string of column " + column);
                }
            }
        }
    }

    /** All fields of all rows. */
    @Benchmark
    @OperationsPerInvocation(ROWS * COLUMNS)
    public long field() {
        long characters = 0;
        for (CsvRow row : rows) {
            for (int column = 0; column < COLUMNS; column++) {
                characters += text.text(row, column).length();
            }
        }
        return characters;
    }
}
