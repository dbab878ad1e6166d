// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.testing.TextSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NullWordsTest {

    private static final int ROWS = 400;

    /** Near each other, of one letter to more than fit into one and into two words of eight. */
    private static final List<String> WORDS = List.of(
            "-", "NA", "n/a", "NULL", "sin_dat", "sin_dato", "sin_datos", "desconocido_1234", "desconocido_12345");

    private static final String LETTERS = "aAnN-/_lLuUñ\u0000 0";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aFieldIsNullIfItIsEmptyOrAWordWhateverItsCase(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        String[] words = WORDS.stream().filter(word -> random.nextBoolean()).toArray(String[]::new);
        int columns = random.nextInt(1, 5);
        List<List<String>> rows = new ArrayList<>();
        StringBuilder csv = new StringBuilder(
                IntStream.range(0, columns).mapToObj(i -> "c" + i).collect(Collectors.joining(",", "", "\n")));
        for (int i = 0; i < ROWS; i++) {
            List<String> row = new ArrayList<>();
            for (int k = 0; k < columns; k++) {
                row.add(field(random));
            }
            rows.add(row);
            csv.append('"').append(String.join("\",\"", row)).append("\"\n");
        }

        TextSource source = new TextSource(csv.toString());
        try (RecordReader<CsvRow> reader =
                CsvParser.withHeader().nulls(words).open(source, source.version(), SourcePosition.START)) {
            for (List<String> row : rows) {
                assertThat(reader.advance()).isEqualTo(Step.RECORD);
                CsvRow read = reader.record();
                CsvRow copy = read.copy();
                for (int k = 0; k < columns; k++) {
                    boolean expected = isNull(row.get(k), words);
                    assertThat(read.isNull(k)).as(row.get(k)).isEqualTo(expected);
                    assertThat(copy.isNull(k)).as(row.get(k)).isEqualTo(expected);
                }
            }
        }
    }

    private static boolean isNull(String field, String[] words) {
        boolean is = field.isEmpty();
        for (String word : words) {
            is |= word.equalsIgnoreCase(field);
        }
        return is;
    }

    /** A word in some case, with or without a letter that does not belong there; or nothing. */
    private static String field(SplittableRandom random) {
        StringBuilder field = new StringBuilder(random.nextInt(6) == 0 ? "" : WORDS.get(random.nextInt(WORDS.size())));
        for (int i = 0; i < field.length(); i++) {
            if (random.nextBoolean()) {
                field.setCharAt(i, Character.toUpperCase(field.charAt(i)));
            }
        }
        if (random.nextInt(3) == 0) {
            char letter = LETTERS.charAt(random.nextInt(LETTERS.length()));
            int at = random.nextInt(field.length() + 1);
            if (at < field.length() && random.nextBoolean()) {
                field.setCharAt(at, letter);
            } else {
                field.insert(at, letter);
            }
        }
        return field.toString();
    }
}
