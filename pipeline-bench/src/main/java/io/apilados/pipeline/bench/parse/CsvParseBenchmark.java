// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.parse;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.univocity.parsers.csv.CsvParserSettings;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.StringArrayHandler;
import io.apilados.pipeline.bench.data.MemorySource;
import io.apilados.pipeline.bench.data.Participants;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
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
 * Rows of 23 fields from bytes in memory. Everybody opens a reader, reads all rows and asks for each field as a string,
 * but one of ours that leaves the fields where they are.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=parse</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CsvParseBenchmark {

    static final int ROWS = 10_000;

    /** Who reads; each returns how many characters there are in the fields. */
    public enum Parser {
        OURS {
            @Override
            long read(byte[] csv) throws IOException {
                long characters = 0;
                try (RecordReader<CsvRow> rows = new MemorySource(csv).read(CsvParser.withHeader())) {
                    int columns = rows.columns().size();
                    while (rows.advance() == RecordReader.Step.RECORD) {
                        CsvRow row = rows.record();
                        for (int i = 0; i < columns; i++) {
                            characters += row.text(i).length();
                        }
                    }
                }
                return characters;
            }
        },
        /** What the pipeline does where no field is needed as a string; returns the number of rows. */
        OURS_ROWS_ONLY {
            @Override
            long read(byte[] csv) throws IOException {
                long records = 0;
                try (RecordReader<CsvRow> rows = new MemorySource(csv).read(CsvParser.withHeader())) {
                    while (rows.advance() == RecordReader.Step.RECORD) {
                        records++;
                    }
                }
                return records;
            }
        },
        COMMONS_CSV {
            @Override
            long read(byte[] csv) throws IOException {
                long characters = 0;
                CSVFormat format = CSVFormat.DEFAULT
                        .builder()
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .get();
                try (CSVParser rows = format.parse(utf8(csv))) {
                    for (CSVRecord row : rows) {
                        characters += characters(row.values());
                    }
                }
                return characters;
            }
        },
        FASTCSV {
            @Override
            long read(byte[] csv) throws IOException {
                long characters = 0;
                InputStream in = new ByteArrayInputStream(csv);
                try (CsvReader<String[]> rows =
                        CsvReader.builder().build(StringArrayHandler.of(), in, StandardCharsets.UTF_8)) {
                    rows.skipLines(1);
                    for (String[] row : rows) {
                        characters += characters(row);
                    }
                }
                return characters;
            }
        },
        UNIVOCITY {
            @Override
            long read(byte[] csv) {
                long characters = 0;
                CsvParserSettings settings = new CsvParserSettings();
                settings.setHeaderExtractionEnabled(true);
                settings.setReadInputOnSeparateThread(false);
                settings.setIgnoreLeadingWhitespaces(false);
                settings.setIgnoreTrailingWhitespaces(false);
                settings.setNullValue("");
                settings.setEmptyValue("");
                var rows = new com.univocity.parsers.csv.CsvParser(settings);
                rows.beginParsing(utf8(csv));
                for (String[] row = rows.parseNext(); row != null; row = rows.parseNext()) {
                    characters += characters(row);
                }
                return characters;
            }
        },
        JACKSON_CSV {
            @Override
            long read(byte[] csv) throws IOException {
                long characters = 0;
                try (MappingIterator<String[]> rows = JACKSON.readValues(csv)) {
                    for (rows.nextValue(); rows.hasNextValue(); ) {
                        characters += characters(rows.nextValue());
                    }
                }
                return characters;
            }
        };

        private static final ObjectReader JACKSON = new CsvMapper()
                .readerFor(String[].class)
                .with(com.fasterxml.jackson.dataformat.csv.CsvParser.Feature.WRAP_AS_ARRAY);

        abstract long read(byte[] csv) throws IOException;

        private static Reader utf8(byte[] csv) {
            return new InputStreamReader(new ByteArrayInputStream(csv), StandardCharsets.UTF_8);
        }

        private static long characters(String[] row) {
            long characters = 0;
            for (String field : row) {
                characters += field.length();
            }
            return characters;
        }
    }

    /** Who reads. */
    @Param
    public Parser parser = Parser.OURS;

    private byte[] csv = {};

    /** Makes the bytes, and checks that the parser finds in them what was written. */
    @Setup
    public void setUp() throws IOException {
        StringWriter text = new StringWriter();
        Participants.Written written = new Participants(1_000).writeRows(text, ROWS, Participants.Quality.CLEAN);
        csv = text.toString().getBytes(StandardCharsets.UTF_8);
        long expected = parser == Parser.OURS_ROWS_ONLY ? ROWS : written.characters();
        long found = parser.read(csv);
        if (found != expected) {
            throw new IllegalStateException(parser + " found " + found + " instead of " + expected);
        }
    }

    /** All rows. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long row() throws IOException {
        return parser.read(csv);
    }
}
