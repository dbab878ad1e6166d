// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultTableTest {

    private static final String PARSE = "io.apilados.pipeline.bench.parse.CsvParseBenchmark";
    private static final String RATE = "io.apilados.pipeline.bench.control.RateLimitBenchmark";

    @Test
    void comparesContendersWithOurs() {
        String table = ResultTable.markdown(List.of(
                time(PARSE, Map.of("parser", "FASTCSV"), 30, 0.06), time(PARSE, Map.of("parser", "OURS"), 20, 0.02)));

        assertThat(table).isEqualTo("""

                        ### From bytes to the fields of a row (`parse`)

                        | benchmark | with | who | score | ± | unit | x ours | CPU, µs | CPU x ours | bytes allocated |
                        |---|---|---|---:|---:|---|---:|---:|---:|---:|
                        | CsvParse.row | – | FASTCSV | 30.0 | 1.50 | ns/op | 1.50 | 0.060 | 3.00 | 128 |
                        | CsvParse.row | – | OURS | 20.0 | 1.50 | ns/op | 1.00 | 0.020 | 1.00 | 128 |
                        """);
    }

    @Test
    void comparesOnlyWhatHasTheSameOtherParameters() {
        String table = ResultTable.markdown(List.of(
                time(PARSE, ordered("parser", "OURS", "rows", "1"), 10, 1),
                time(PARSE, ordered("parser", "OURS", "rows", "2"), 1000, 1),
                time(PARSE, ordered("parser", "OTHER", "rows", "2"), 500, 1)));

        assertThat(table).contains("| CsvParse.row | rows=2 | OTHER | 500 | 1.50 | ns/op | 0.50 |");
        assertThat(table).contains("| CsvParse.row | rows=1 | OURS | 10.0 | 1.50 | ns/op | 1.00 |");
    }

    @Test
    void comparesWithTheOneCalledOursThoughAnotherComesFirst() {
        String table = ResultTable.markdown(List.of(
                time(RATE, Map.of("library", "OURS_ADAPTIVE"), 40, 1), time(RATE, Map.of("library", "OURS"), 10, 1)));

        assertThat(table).contains("| OURS_ADAPTIVE | 40.0 | 1.50 | ns/op | 4.00 |");
    }

    @Test
    void aRateThatIsHalfOfOursTakesTwiceAsMuch() {
        String table = ResultTable.markdown(List.of(
                new Measured(RATE, "ask", Map.of("library", "OURS"), true, 10, 0, "ops/s", Double.NaN, Double.NaN),
                new Measured(RATE, "ask", Map.of("library", "OTHER"), true, 5, 0, "ops/s", Double.NaN, Double.NaN)));

        assertThat(table).contains("| OTHER | 5.00 | 0 | ops/s | 2.00 | – | – | – |");
    }

    @Test
    void saysNothingOfARatioWhereOursIsMissing() {
        String table = ResultTable.markdown(List.of(time(RATE, Map.of("library", "OTHER"), 5, 1)));

        assertThat(table).contains("| RateLimit.row | – | OTHER | 5.00 | 1.50 | ns/op | – | 1.00 | – | 128 |");
    }

    @Test
    void keepsGroupsInOrderAndWhatBelongsToNoneLast() {
        String table = ResultTable.markdown(List.of(
                time("some.StrangeBenchmark", Map.of(), 1, 1),
                time(RATE, Map.of("library", "OURS"), 1, 1),
                time(PARSE, Map.of("parser", "OURS"), 1, 1)));

        assertThat(table).containsSubsequence("(`parse`)", "(`rate`)", "### Others", "| Strange.row | – | – |");
    }

    @Test
    void showsMillionsAsSuch() {
        String table = ResultTable.markdown(List.of(time(RATE, Map.of("library", "OURS"), 52_049_175, 1)));

        assertThat(table).contains("| OURS | 52.0 M |");
    }

    private static Measured time(String className, Map<String, String> parameters, double nanos, double cpuMicros) {
        return new Measured(className, "row", parameters, false, nanos, 1.5, "ns/op", cpuMicros, 128);
    }

    private static Map<String, String> ordered(String first, String itsValue, String second, String otherValue) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put(first, itsValue);
        parameters.put(second, otherValue);
        return parameters;
    }
}
