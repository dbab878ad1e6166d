// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.enrich.JsonMapping;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A delivery that lets go of batches makes no difference to what arrives, only to what is allocated. */
class LettingGoOfBatchesTest {

    private static final JsonMapping MAPPING =
            JsonMapping.builder().text("id").integer("edad").text("nombre").build();

    private static String json(Batch<?> batch) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            batch.writeJson(bytes, ',');
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Rows with everything that can go wrong, some of them rejected by the parser, some by the mapping, some refused. */
    private static String dirty(SplittableRandom random) {
        StringBuilder csv = new StringBuilder("id,edad,nombre\n");
        int rows = random.nextInt(300);
        for (int i = 0; i < rows; i++) {
            csv.append(
                    switch (random.nextInt(14)) {
                        case 0 -> "short," + i;
                        case 1 -> "r" + i + ",none,x";
                        case 2 -> "unwanted" + i + ",1,x";
                        case 3 -> "poison" + i + ",1,x";
                        case 4 -> "r" + i + ", +007 ,\"a\"\"b\n\\\"";
                        case 5 -> "r" + i + ",1," + "ñ\t".repeat(random.nextInt(400));
                        default -> "r" + i + "," + i + ",Zoé";
                    });
            csv.append('\n');
        }
        return csv.toString();
    }

    /** What a run did, without the order in which requests happened to be made. */
    private record Done(Map<String, Integer> requests, List<String> rejects, List<Long> counts, List<String> arrived) {}

    private static Done run(long seed, boolean letsGo, boolean encoded) {
        SplittableRandom random = new SplittableRandom(seed);
        String csv = dirty(random);
        Api api = new Api(seed, letsGo, random.nextInt(4), random.nextInt(3) == 0 ? 7 : Integer.MAX_VALUE);
        List<String> rejects = new ArrayList<>();
        BatchSizing sizing = BatchSizing.fixed(1 + random.nextInt(40))
                .withMaxBytes(random.nextBoolean() ? Long.MAX_VALUE : 100 + random.nextInt(3_000));
        RecordStage<CsvRow> rows = Pipeline.from(new TextSource(csv))
                .parse(CsvParser.withHeader())
                .filter((CsvRow row) -> !row.text("id").startsWith("unwanted"));
        // A filter after the encoder makes objects of its records.
        RecordStage<JsonRecord> records =
                encoded ? rows.enrich(MAPPING) : rows.enrich(MAPPING).filter(record -> record.sizeBytes() > 0);
        RunReport report = records.batch(sizing)
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(1 + random.nextInt(4)))
                .circuitBreaker(CircuitBreaker.disabled())
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofDays(1)))
                .rejects(collecting(rejects))
                .scheduler(api.time)
                .build()
                .run();
        assertThat(report.status()).as("script %d: %s", seed, report).isEqualTo(RunStatus.COMPLETED);
        List<Long> counts = List.of(
                report.read(),
                report.delivered(),
                report.rejected(),
                report.filtered(),
                report.batches(),
                report.requests());
        api.arrived.sort(null);
        return new Done(api.requests, rejects, counts, api.arrived);
    }

    private static RejectedRecords collecting(List<String> rejects) {
        return new RejectedRecords() {
            @Override
            public void open(byte[] rawHeader, long mark) {
                rejects.add(new String(rawHeader, StandardCharsets.UTF_8));
            }

            @Override
            public void write(RejectedRecord record) {
                rejects.add(record.position() + " " + record.stage() + " " + record.code() + " " + record.message()
                        + " " + new String(record.rawCsv(), StandardCharsets.UTF_8));
            }

            @Override
            public long sync() {
                return rejects.size();
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void theSameBytesArriveWithTheSameKeysWhetherBatchesStayOrNot() {
        long sent = 0;
        for (long seed = 0; seed < 120; seed++) {
            sent += compare(seed);
        }
        assertThat(sent).isGreaterThan(4_000);
    }

    @Test
    @Tag("slow")
    void theSameBytesArriveWithTheSameKeysInManyScripts() {
        for (long seed = 1_000; seed < 5_000; seed++) {
            compare(seed);
        }
    }

    private static int compare(long seed) {
        Done staying = run(seed, false, true);
        assertSame("script " + seed, run(seed, true, true), staying);
        assertSame("objects in script " + seed, run(seed, true, false), staying);
        return staying.requests.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** One after the other, and of the requests the first difference: all together are too long to be read. */
    private static void assertSame(String where, Done done, Done expected) {
        assertThat(done.rejects).as("rejects of %s", where).isEqualTo(expected.rejects);
        assertThat(done.arrived).as("what arrived in %s", where).isEqualTo(expected.arrived);
        assertThat(done.requests.keySet()).as("requests of %s", where).isEqualTo(expected.requests.keySet());
        expected.requests.forEach((request, times) -> assertThat(done.requests.get(request))
                .as("times in %s of %s", where, request)
                .isEqualTo(times));
        assertThat(done.counts).as("counts of %s", where).isEqualTo(expected.counts);
    }

    /** Its answers follow from the request and from how often it came, so that they do not depend on the order. */
    private static final class Api implements BatchDelivery<JsonRecord> {
        private final VirtualScheduler time = new VirtualScheduler();
        private final long seed;
        private final boolean letsGo;
        private final int manner;
        private final int largestRequest;
        private final Map<String, Integer> requests = new TreeMap<>();
        private final Map<String, Integer> times = new HashMap<>();
        private final List<String> arrived = new ArrayList<>();

        Api(long seed, boolean letsGo, int manner, int largestRequest) {
            this.seed = seed;
            this.letsGo = letsGo;
            this.manner = manner;
            this.largestRequest = largestRequest;
        }

        @Override
        public boolean letsGoOfBatches() {
            return letsGo;
        }

        @Override
        public int largestRequest() {
            return largestRequest;
        }

        @Override
        public CompletionStage<DeliveryOutcome> deliver(Batch<JsonRecord> batch) {
            String body = text(batch);
            String key = batch.key();
            requests.merge(key + " " + body, 1, Integer::sum);
            SplittableRandom random =
                    new SplittableRandom(seed + 31L * key.hashCode() + times.merge(key, 1, Integer::sum));
            CompletableFuture<DeliveryOutcome> answer = new CompletableFuture<>();
            time.schedule(
                    () -> {
                        // Up to its outcome, a batch is what it was.
                        assertThat(text(batch)).isEqualTo(body);
                        assertThat(batch.key()).isEqualTo(key);
                        answer(batch, random, answer);
                    },
                    Duration.ofMillis(1 + random.nextInt(200)));
            return answer;
        }

        private static String text(Batch<JsonRecord> batch) {
            String records = String.join(
                    ",", batch.records().stream().map(JsonRecord::asText).toList());
            if (batch.isJson()) {
                assertThat(json(batch)).isEqualTo(records);
            }
            return records;
        }

        private void answer(
                Batch<JsonRecord> batch, SplittableRandom random, CompletableFuture<DeliveryOutcome> answer) {
            List<String> records =
                    batch.records().stream().map(JsonRecord::asText).toList();
            // Sizes adapt to what is too large, and when they do would depend on the jitter of retries.
            switch (manner == 0 ? 7 : random.nextInt(8)) {
                case 0 -> answer.complete(DeliveryOutcome.retry("http-500"));
                case 1 -> answer.completeExceptionally(new IOException("reset"));
                case 2 -> answer.completeExceptionally(new TimeoutException("late"));
                default -> answer.complete(known(records, random));
            }
        }

        private DeliveryOutcome known(List<String> records, SplittableRandom random) {
            boolean poisoned = records.stream().anyMatch(Api::isPoison);
            if (manner == 0 && records.size() > 3) {
                return DeliveryOutcome.tooLarge("http-413", "too many");
            }
            if (manner == 1) {
                List<RecordOutcome> each = new ArrayList<>();
                for (String record : records) {
                    boolean later = random.nextInt(6) == 0;
                    if (later) {
                        each.add(RecordOutcome.retry("busy"));
                    } else if (isPoison(record)) {
                        each.add(RecordOutcome.rejected("bad", "poison"));
                    } else {
                        arrived.add(record);
                        each.add(RecordOutcome.delivered());
                    }
                }
                return new DeliveryOutcome.PerRecord(each);
            }
            if (poisoned) {
                return DeliveryOutcome.refused("http-400", "the API answered 400");
            }
            arrived.addAll(records);
            return DeliveryOutcome.delivered();
        }

        private static boolean isPoison(String record) {
            return record.startsWith("{\"id\":\"poison");
        }
    }

    /** Answers every request after 10 ms, but leaves the first one open, which goes on reading its batch. */
    private static final class FirstHangs implements BatchDelivery<JsonRecord> {
        private final Scheduler time;
        private final List<Batch<JsonRecord>> batches = new ArrayList<>();
        private final List<String> bodies = new ArrayList<>();

        /** The attempt that is left behind. */
        private final CompletableFuture<DeliveryOutcome> first = new CompletableFuture<>();

        FirstHangs(Scheduler time) {
            this.time = time;
        }

        @Override
        public boolean letsGoOfBatches() {
            return true;
        }

        @Override
        public CompletionStage<DeliveryOutcome> deliver(Batch<JsonRecord> batch) {
            batches.add(batch);
            bodies.add(json(batch));
            if (batches.size() == 1) {
                return first;
            }
            CompletableFuture<DeliveryOutcome> answer = new CompletableFuture<>();
            time.schedule(() -> answer.complete(DeliveryOutcome.delivered()), Duration.ofMillis(10));
            return answer;
        }
    }

    private static String rows(int count) {
        StringBuilder csv = new StringBuilder("id,edad,nombre\n");
        IntStream.range(0, count).forEach(i -> csv.append(i).append(",7,Zoé\n"));
        return csv.toString();
    }

    private static RunReport run(BatchDelivery<JsonRecord> delivery, Resilience resilience) {
        return Pipeline.from(new TextSource(rows(500)))
                .parse(CsvParser.withHeader())
                .enrich(MAPPING)
                .batch(BatchSizing.fixed(10))
                .deliver(delivery)
                .resilience(resilience)
                .build()
                .run();
    }

    private static Resilience.Builder oneAtATime(VirtualScheduler time) {
        return Resilience.builder()
                .concurrency(ConcurrencyController.fixed(1))
                .circuitBreaker(CircuitBreaker.disabled())
                .scheduler(time);
    }

    @Test
    void anAttemptThatTimedOutReadsItsOwnBatchHoweverLongItTakes() {
        VirtualScheduler time = new VirtualScheduler();
        FirstHangs api = new FirstHangs(time);

        RunReport report =
                run(api, oneAtATime(time).attemptTimeout(Duration.ofSeconds(1)).build());

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.retries()).isEqualTo(1);
        // The batch of the first attempt was delivered by another and 49 came after it.
        assertThat(json(api.batches.get(0))).isEqualTo(api.bodies.get(0));
        assertThat(api.bodies.get(1)).isEqualTo(api.bodies.get(0));
        assertThat(api.batches.get(0).key()).isEqualTo(api.batches.get(1).key());
    }

    @Test
    void withoutADeadlineOfThePipelineABatchIsGoneWhenItsOutcomeIsKnown() {
        VirtualScheduler time = new VirtualScheduler();
        FirstHangs api = new FirstHangs(time);
        time.schedule(() -> api.first.completeExceptionally(new TimeoutException("late")), Duration.ofSeconds(1));

        RunReport report = run(api, oneAtATime(time).build());

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(api.bodies.get(1)).isEqualTo(api.bodies.get(0));
        for (Batch<JsonRecord> batch : api.batches) {
            assertThatThrownBy(() -> batch.record(0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the batch is settled and gone");
        }
    }

    @Test
    void batchesStayForADeliveryThatDoesNotSayThatItLetsGo() {
        VirtualScheduler time = new VirtualScheduler();
        FirstHangs hanging = new FirstHangs(time);
        hanging.first.complete(DeliveryOutcome.delivered());

        RunReport report = run(hanging::deliver, oneAtATime(time).build());

        assertThat(report.delivered()).isEqualTo(500);
        for (int i = 0; i < hanging.batches.size(); i++) {
            assertThat(json(hanging.batches.get(i))).isEqualTo(hanging.bodies.get(i));
        }
    }

    @Test
    void aRunThatIsStoppedLeavesNoBatchHalfRead() {
        VirtualScheduler time = new VirtualScheduler();
        List<String> bodies = new ArrayList<>();
        BatchDelivery<JsonRecord> api = new BatchDelivery<>() {
            @Override
            public boolean letsGoOfBatches() {
                return true;
            }

            @Override
            public CompletionStage<DeliveryOutcome> deliver(Batch<JsonRecord> batch) {
                int number = bodies.size();
                bodies.add(json(batch));
                CompletableFuture<DeliveryOutcome> answer = new CompletableFuture<>();
                time.schedule(
                        () -> {
                            assertThat(json(batch)).isEqualTo(bodies.get(number));
                            answer.complete(
                                    number == 4
                                            ? DeliveryOutcome.stop("http-401", "no token")
                                            : DeliveryOutcome.delivered());
                        },
                        Duration.ofMillis(100 - number));
                return answer;
            }
        };

        RunReport report = run(
                api,
                Resilience.builder()
                        .concurrency(ConcurrencyController.fixed(8))
                        .scheduler(time)
                        .build());

        assertThat(report.status()).isNotEqualTo(RunStatus.COMPLETED);
        assertThat(report.isBalanced()).isTrue();
    }
}
