// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever Commons CSV reads in whole, with as many fields in each record as in the first, we read in the same way. The
 * files are random: soups of the characters that matter, and tables that are written by the rules and then damaged.
 */
@Tag("once")
class CsvParserAgainstCommonsCsvTest {

    private static final int BUFFER = 1 << 18;

    @ParameterizedTest
    @EnumSource
    void readsRandomSoupAsCommonsDoes(Dialect dialect) throws IOException {
        Random random = new Random(42 + dialect.ordinal());
        int compared = 0;
        for (int i = 0; i < 20_000; i++) {
            compared += agrees(dialect, soup(dialect, random, 1 + random.nextInt(24)), random, i) ? 1 : 0;
        }
        assertThat(compared).isGreaterThan(5_000);
    }

    @ParameterizedTest
    @EnumSource
    void readsRandomTablesAsCommonsDoes(Dialect dialect) throws IOException {
        Random random = new Random(4242 + dialect.ordinal());
        int compared = 0;
        for (int i = 0; i < 2_500; i++) {
            String table = table(dialect, random);
            compared += agrees(dialect, i % 4 == 0 ? damaged(dialect, table, random) : table, random, i) ? 1 : 0;
        }
        assertThat(compared).isGreaterThan(2_000);
    }

    @ParameterizedTest
    @EnumSource
    void readsAcrossTheEndOfTheBufferAsCommonsDoes(Dialect dialect) throws IOException {
        Random random = new Random(424242 + dialect.ordinal());
        int compared = 0;
        for (int i = 0; i < 24; i++) {
            String table = table(dialect, random);
            int lineEnd = table.indexOf('\n') + 1;
            String names = table.substring(0, lineEnd);
            String padding = "x".repeat(BUFFER - random.nextInt(2 * table.length())) + names.substring(1);
            String padded = names + padding + table.substring(lineEnd);
            compared += agrees(dialect, padded, random, i) ? 1 : 0;
        }
        assertThat(compared).isEqualTo(24);
    }

    @ParameterizedTest
    @EnumSource
    void goesOnAtEachPositionAsIfItHadNeverStopped(Dialect dialect) throws IOException {
        Random random = new Random(7 + dialect.ordinal());
        for (int i = 0; i < 100; i++) {
            byte[] bytes = table(dialect, random).getBytes(StandardCharsets.UTF_8);
            ByteSource source = CsvRecords.source(bytes, i, 7);
            CsvRecords all = CsvRecords.read(dialect.parser(), source, SourcePosition.START);
            for (int r = 0; r < all.rows().size(); r++) {
                SourcePosition from = all.rows().get(r).position();
                CsvRecords rest = CsvRecords.read(dialect.parser(), source, from);
                assertThat(rest.steps())
                        .isEqualTo(all.steps().subList(r, all.steps().size()));
                assertThat(rest.columns()).isEqualTo(all.columns());
            }
        }
    }

    @Test
    void passesOverALineOfZeroBytesButNotOverAnEmptyQuotedField() throws IOException {
        CsvRecords one = CsvRecords.read(CsvParser.withHeader(), "\n\r\n\ra\n\n\"\"\r\n\r\n \n");

        assertThat(one.columns()).containsExactly("a");
        assertThat(one.values()).containsExactly(List.of(""), List.of(" "));
        assertThat(one.rows().get(0).position()).isEqualTo(new SourcePosition(7, 1, 6));
        assertThat(one.rows().get(1).position()).isEqualTo(new SourcePosition(13, 2, 8));
    }

    /** Asserts that we read the text as Commons does; false if Commons does not read it as a table. */
    private static boolean agrees(Dialect dialect, String text, Random random, int seed) throws IOException {
        Optional<List<List<String>>> expected = commons(dialect.format(), text);
        if (expected.isEmpty() || expected.get().isEmpty()) {
            return false;
        }
        List<List<String>> records = expected.get();
        int columns = records.get(0).size();
        if (records.stream().anyMatch(values -> values.size() != columns)) {
            return false;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int maxRead = random.nextBoolean() ? Integer.MAX_VALUE - 1 : 1 + random.nextInt(5 + bytes.length / 50);
        CsvRecords ours =
                CsvRecords.read(dialect.parser(), CsvRecords.source(bytes, seed, maxRead), SourcePosition.START);

        String shown = text.length() > 500 ? "padded file " + seed : text;
        assertThat(ours.rejected()).as(shown).isEmpty();
        assertThat(ours.columns()).as(shown).isEqualTo(records.get(0));
        assertThat(ours.values()).as(shown).isEqualTo(records.subList(1, records.size()));
        assertThat(ours.end().byteOffset()).as(shown).isEqualTo(bytes.length);
        long number = 1;
        for (CsvRecords.Row row : ours.rows()) {
            SourcePosition at = row.position();
            assertThat(at.recordNumber()).as(shown).isEqualTo(number++);
            assertThat(at.line()).as(shown).isEqualTo(CsvRecords.lineAt(bytes, at.byteOffset()));
        }
        return true;
    }

    private static Optional<List<List<String>>> commons(CSVFormat format, String text) throws IOException {
        try (CSVParser parser = CSVParser.parse(text, format)) {
            return Optional.of(
                    parser.getRecords().stream().map(CSVRecord::toList).toList());
        } catch (UncheckedIOException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    private static String soup(Dialect dialect, Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(dialect.any(random));
        }
        return text.toString();
    }

    /** A table by the rules: its first line holds its names and ends with a line feed. */
    private static String table(Dialect dialect, Random random) {
        StringBuilder text = new StringBuilder("h");
        int columns = 1 + random.nextInt(5);
        text.append((dialect.delimiter + "h").repeat(columns - 1)).append('\n');
        int rows = random.nextInt(6);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                text.append(column == 0 ? "" : dialect.delimiter).append(cell(dialect, random));
            }
            text.append(lineEnd(random));
            text.append(random.nextInt(8) == 0 ? lineEnd(random) : "");
        }
        return text.toString();
    }

    private static String cell(Dialect dialect, Random random) {
        String value = soup(dialect, random, random.nextInt(5));
        if (dialect.escapes) {
            value = value.replace("\\", "\\\\");
        }
        if (random.nextInt(3) > 0) {
            String blanks = random.nextInt(4) == 0 ? " " : "";
            return dialect.quote + value.replace(dialect.quote, dialect.quote + dialect.quote) + dialect.quote + blanks;
        }
        return value.replaceAll("[\r\n" + dialect.delimiter + dialect.quote + "]", "");
    }

    private static String lineEnd(Random random) {
        return List.of("\n", "\r\n", "\r").get(random.nextInt(3));
    }

    private static String damaged(Dialect dialect, String table, Random random) {
        StringBuilder text = new StringBuilder(table);
        text.insert(random.nextInt(table.length()), dialect.any(random));
        text.deleteCharAt(random.nextInt(text.length()));
        return text.toString();
    }

    /** Dialects that both sides know. */
    enum Dialect {
        RFC_4180(",", "\"", false),
        SEMICOLON(";", "\"", false),
        TAB("\t", "\"", false),
        APOSTROPHE(",", "'", false),
        ESCAPE(",", "\"", true),
        ESCAPE_SEMICOLON_APOSTROPHE(";", "'", true);

        private final String delimiter;
        private final String quote;
        private final boolean escapes;

        Dialect(String delimiter, String quote, boolean escapes) {
            this.delimiter = delimiter;
            this.quote = quote;
            this.escapes = escapes;
        }

        private CsvParser parser() {
            CsvDialect dialect =
                    CsvDialect.RFC_4180.withDelimiter(delimiter.charAt(0)).withQuote(quote.charAt(0));
            return CsvParser.withHeader().dialect(escapes ? dialect.withEscape('\\') : dialect);
        }

        private CSVFormat format() {
            CSVFormat.Builder builder = CSVFormat.RFC4180
                    .builder()
                    .setIgnoreEmptyLines(true)
                    .setDelimiter(delimiter)
                    .setQuote(quote.charAt(0));
            return (escapes ? builder.setEscape('\\') : builder).get();
        }

        private String any(Random random) {
            List<String> alphabet = List.of(quote, quote, delimiter, "\n", "\r", "a", "n", " ", "é", "\\", "\"", ",");
            return alphabet.get(random.nextInt(alphabet.size()));
        }
    }
}
