// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.examples.CountingApi.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run of the command line delivers and tells. */
@Timeout(120)
class IngestSummaryTest {

    private static final int ROWS = 300;
    private static final long PATIENCE_SECONDS = 30;

    @TempDir
    private Path folder;

    private IngestFolder place;

    @BeforeEach
    void makeInput() throws IOException {
        place = new IngestFolder(folder).withRows(ROWS);
    }

    @Test
    void summaryIsTheLastLineAndHasItsMembers() throws IOException {
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json");

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(run.errors()).isEmpty();
            assertThat(run.out()).endsWith("}" + System.lineSeparator());
            assertThat(run.summary())
                    .containsEntry("status", "COMPLETED")
                    .containsEntry("read", (long) ROWS)
                    .containsEntry("delivered", (long) ROWS)
                    .containsEntry("rejected", 0L)
                    .containsEntry("filtered", 0L)
                    .containsEntry("unsettled", 0L)
                    .containsEntry("batches", 3L)
                    .containsEntry("requests", 3L)
                    .containsEntry("retries", 0L)
                    .containsEntry("resumedFrom", null);
            assertThat(positive(run, "seconds")).isLessThan(PATIENCE_SECONDS);
            assertThat(positive(run, "recordsPerSecond")).isPositive();
            assertThat(run.number("peakHeapBytes"))
                    .isBetween(1L << 10, Runtime.getRuntime().maxMemory());
            assertThat(api.faults()).isEmpty();
            assertThat(ids(api)).containsExactlyInAnyOrderElementsOf(expectedIds());
        }
    }

    @Test
    void endsWithACodeOfItsOwnWhereGoalsAreNotReachedAndThatWasAskedFor() throws IOException {
        // One of two was rejected: a success rate of 50 % is critical.
        place.withInput(IngestFolder.HEADER + "\n" + IngestFolder.row(1) + "\nP2,99XXX0000X,Nombre,7\n");
        try (CountingApi api = CountingApi.start()) {
            assertThat(place.run(api, "--goals", "report").exit()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
            for (String from : List.of("missed", "critical")) {
                IngestRun run = place.run(api, "--goals", from);
                assertThat(run.exit()).isEqualTo(Ingest.GOALS_NOT_REACHED);
                assertThat(run.errors()).contains("ingest: goal success rate: CRITICAL, measured 0.5, target 0.99");
            }
            place.withRows(ROWS);
            assertThat(place.run(api, "--goals", "missed").exit()).isEqualTo(Ingest.COMPLETED);
            IngestRun bad = place.run(api, "--goals", "some");
            assertThat(bad.exit()).isEqualTo(Ingest.BAD_USAGE);
            assertThat(bad.errors())
                    .containsExactly("ingest: --goals was 'some' but it must be report, critical or missed");
        }
    }

    @Test
    void summaryForPeopleNamesTheFilesThatWereWritten() throws IOException {
        place.withInput(IngestFolder.HEADER + "\n" + IngestFolder.row(1) + "\nP2,99XXX0000X,Nombre,7\n");
        Path report = folder.resolve("report.html");
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--report", report.toString());

            assertThat(run.exit()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
            assertThat(run.out())
                    .startsWith("COMPLETED  " + place.input())
                    .contains("read 2 = delivered 1 + rejected 1 + filtered 0 + unsettled 0")
                    .contains("rejected 1: enrich unknown-key")
                    .contains("rejected records: " + place.rejects())
                    .contains("HTML report: " + report)
                    .doesNotContain("99XXX0000X", "Nombre");
            assertThat(report).content().contains("unknown-key").doesNotContain("99XXX0000X", "Nombre");
            assertThat(place.rejectedLines()).containsExactly(3L);
        }
    }

    @Test
    void fileWithAHeaderAloneIsComplete() throws IOException {
        place.withInput(IngestFolder.HEADER);
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json");

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(run.assertBalanced().number("read")).isZero();
            assertThat(api.requests()).isEmpty();
        }
    }

    @Test
    void rejectFileOfAnEarlierRunIsGoneWhenNothingIsRejected() throws IOException {
        Files.writeString(
                place.rejects(), "line,byte_offset,stage,code,message,id\n2,3,parse,of-another-day,it was,7\n");
        try (CountingApi api = CountingApi.start()) {
            place.run(api, "--json");

            assertThat(place.rejects()).doesNotExist();
        }
    }

    @Test
    void perRecordPostsEachRecordByItself() throws IOException {
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json", "--per-record");

            assertThat(run.assertBalanced().number("requests")).isEqualTo(ROWS);
            assertThat(api.requests())
                    .hasSize(ROWS)
                    .allMatch(Request::perRecord)
                    .allMatch(request -> request.records().size() == 1);
            assertThat(ids(api)).containsExactlyInAnyOrderElementsOf(expectedIds());
            assertThat(api.requests().stream().map(Request::key)).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @CsvSource({"auto, catalog preloaded", "preload, catalog preloaded", "on-demand, catalog on demand"})
    void everyModeOfTheCatalogDeliversTheSameAndSaysHowItWorked(String mode, String told) throws IOException {
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json", "--mode", mode);

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(ids(api)).containsExactlyInAnyOrderElementsOf(expectedIds());
            assertThat(run.out()).containsPattern("\"notes\":\\[\"" + told);
        }
    }

    @Test
    void batchesHaveTheSizeThatWasAskedFor() throws IOException {
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json", "--batch", "7:7:7");

            assertThat(run.assertBalanced().number("batches")).isEqualTo(43);
            assertThat(CountingApi.counts(api.requests().stream()
                            .map(request -> request.records().size())
                            .toList()))
                    .isEqualTo(Map.of(7, 42, ROWS - 42 * 7, 1));
            assertThat(api.requests()).noneMatch(Request::perRecord);
            assertThat(ids(api)).containsExactlyInAnyOrderElementsOf(expectedIds());
        }
    }

    @Test
    void neverMoreRequestsAreAtTheApiThanWereAllowed() throws Exception {
        CountDownLatch three = new CountDownLatch(3);
        CountDownLatch four = new CountDownLatch(4);
        CountDownLatch release = new CountDownLatch(1);
        try (CountingApi api = CountingApi.answering(request -> {
            three.countDown();
            four.countDown();
            release.await();
            return 200;
        })) {
            CompletableFuture<IngestRun> running = CompletableFuture.supplyAsync(
                    () -> place.run(api, "--json", "--batch", "5:5:5", "--concurrency", "3"));
            assertThat(three.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(four.await(300, TimeUnit.MILLISECONDS)).isFalse();
            release.countDown();
            IngestRun run = running.get(PATIENCE_SECONDS, TimeUnit.SECONDS);

            assertThat(run.assertBalanced().number("delivered")).isEqualTo(ROWS);
            assertThat(api.requests()).hasSize(ROWS / 5);
            assertThat(api.mostAtOnce()).isEqualTo(3);
        }
    }

    @Test
    void requestsAreSpacedWhenARateIsGiven() throws IOException {
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json", "--batch", "10:10:10", "--rate", "60");

            assertThat(run.number("requests")).isEqualTo(30);
            // The first begins at once, and 29 gaps of a sixtieth follow.
            assertThat(positive(run, "seconds")).isGreaterThanOrEqualTo(29 / 60.0);
        }
    }

    @Test
    void tokenComesFromTheNamedVariable() throws IOException {
        // A test cannot set a variable, but this one is set wherever tests run.
        String path = Objects.requireNonNull(System.getenv("PATH"));
        try (CountingApi api = CountingApi.wanting(path)) {
            IngestRun run = place.run(api, "--json", "--token-env", "PATH");

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(run.out() + run.err()).doesNotContain(path);
        }
    }

    @Test
    void bareQuotesAreTakenAsTheyAreAndCounted() throws IOException {
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = withABareQuote().run(api, "--json");

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(run.number("oddities")).isEqualTo(1);
            assertThat(api.records().get(1)).containsEntry("nombre", "MARY\"S II");
        }
    }

    @Test
    void bareQuotesAreRejectedWhenAskedFor() throws IOException {
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = withABareQuote().run(api, "--json", "--bare-quotes", "reject");

            assertThat(run.exit()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
            assertThat(run.assertBalanced().number("rejected")).isEqualTo(1);
            assertThat(place.rejectedLines()).containsExactly(3L);
            assertThat(place.rejected().get(0).get("code")).isEqualTo("bare-quote");
            assertThat(ids(api)).containsExactly("P1", "P3");
        }
    }

    private IngestFolder withABareQuote() throws IOException {
        return place.withInput(IngestFolder.HEADER + "\n" + IngestFolder.row(1) + "\nP2," + IngestFolder.KEYS.get(2)
                + ",MARY\"S II,8\n" + IngestFolder.row(3) + "\n");
    }

    @Test
    void fileInAnotherCharsetArrivesAsUtf8() throws IOException {
        place.withInput(
                "id,cct,año,nombre\nP1," + IngestFolder.KEYS.get(0) + ",2026,Íñiguez\n", StandardCharsets.ISO_8859_1);
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json", "--charset", "ISO-8859-1");

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(api.records())
                    .containsExactly(Map.of(
                            "id", "P1",
                            "cct", IngestFolder.KEYS.get(0),
                            "año", "2026",
                            "nombre", "Íñiguez",
                            "cctId", "1000"));
        }
    }

    @Test
    void textThatIsNotInTheCharsetRejectsItsRowAlone() throws IOException {
        place.withInput(
                IngestFolder.HEADER + "\n" + IngestFolder.row(1) + "\nP2," + IngestFolder.KEYS.get(2) + ",Íñiguez,8\n"
                        + IngestFolder.row(3) + "\n",
                StandardCharsets.ISO_8859_1);
        try (CountingApi api = CountingApi.start()) {
            IngestRun run = place.run(api, "--json");

            assertThat(run.exit()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
            assertThat(ids(api)).containsExactly("P1", "P3");
            assertThat(run.assertBalanced().number("rejected")).isEqualTo(1);
        }
    }

    @Test
    void overloadedApiGetsTheSameBatchAgainUnderTheSameKey() throws IOException {
        try (CountingApi api = CountingApi.answering(request -> request.number() % 4 == 1 ? 503 : 200)) {
            IngestRun run = place.run(api, "--json", "--batch", "10:10:10");

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            long refused = api.requests().stream()
                    .filter(request -> request.status() == 503)
                    .count();
            assertThat(run.assertBalanced().number("retries")).isEqualTo(refused);
            assertThat(run.number("requests")).isEqualTo(run.number("batches") + refused);
            assertThat(ids(api)).containsExactlyInAnyOrderElementsOf(expectedIds());
            assertKeysStandForRecords(api);
        }
    }

    @Test
    void recordThatTheApiRefusesIsFoundAndRejectedAlone() throws IOException {
        try (CountingApi api = CountingApi.answering(request -> holds(request, "P77") ? 422 : 200)) {
            IngestRun run = place.run(api, "--json");

            assertThat(run.exit()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
            assertThat(run.assertBalanced().number("delivered")).isEqualTo(ROWS - 1);
            assertThat(place.rejectedLines()).containsExactly(78L);
            assertThat(place.rejected().get(0).get("stage")).isEqualTo("deliver");
            assertThat(place.rejected().get(0).get("code")).isEqualTo("http-422");
            List<String> expected = expectedIds();
            expected.remove("P77");
            assertThat(ids(api)).containsExactlyInAnyOrderElementsOf(expected);
            assertKeysStandForRecords(api);
        }
    }

    @Test
    void apiThatTakesSmallerBatchesOnlyGetsThem() throws IOException {
        try (CountingApi api =
                CountingApi.answering(request -> request.records().size() > 30 ? 413 : 200)) {
            IngestRun run = place.run(api, "--json");

            assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED);
            assertThat(run.assertBalanced().number("delivered")).isEqualTo(ROWS);
            assertThat(ids(api)).containsExactlyInAnyOrderElementsOf(expectedIds());
            assertKeysStandForRecords(api);
        }
    }

    private static boolean holds(Request request, String id) {
        return request.records().stream().anyMatch(record -> id.equals(record.get("id")));
    }

    /** One key always stood for the same records, and the same records had always the same key. */
    private static void assertKeysStandForRecords(CountingApi api) {
        Map<String, List<Map<String, String>>> byKey = new HashMap<>();
        Map<List<Map<String, String>>, String> byRecords = new HashMap<>();
        for (Request request : api.requests()) {
            assertThat(byKey.putIfAbsent(request.key(), request.records())).isIn(null, request.records());
            assertThat(byRecords.putIfAbsent(request.records(), request.key())).isIn(null, request.key());
        }
    }

    private static double positive(IngestRun run, String member) {
        Object value = run.summary().get(member);
        assertThat(value).as(member).isInstanceOf(Double.class);
        double number = value instanceof Double known ? known : -1;
        assertThat(number).as(member).isNotNegative();
        return number;
    }

    private static List<String> ids(CountingApi api) {
        return api.records().stream()
                .map(record -> record.getOrDefault("id", ""))
                .toList();
    }

    private static List<String> expectedIds() {
        List<String> ids = new ArrayList<>();
        for (int i = 1; i <= ROWS; i++) {
            ids.add("P" + i);
        }
        return ids;
    }
}
