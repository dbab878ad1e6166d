// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.enrich.CatalogUnavailableException;
import io.apilados.pipeline.enrich.Enricher;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.enrich.JsonEncoder;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random files against random trouble: an API that fails in every way and honours keys, a process that is killed at any
 * moment, deadlines and stops; run again and again until the file is done, in virtual time on one thread. Afterwards
 * every good record has arrived once, and every bad one stands in the reject file once.
 */
@Tag("once")
class FaultScriptsTest {

    @Test
    void nothingIsLostOrAppliedTwiceInAThousandScripts() {
        LongStream.range(0, 1_000).forEach(seed -> new Script(seed).run());
    }

    @Test
    @Tag("slow")
    void nothingIsLostOrAppliedTwiceInTenThousandScripts() {
        LongStream.range(0, 10_000).forEach(seed -> new Script(seed).run());
    }

    /** One file, one API, one store, and the runs that it takes. */
    private static final class Script {
        private final long seed;
        private final SplittableRandom random;
        private final VirtualScheduler time = new VirtualScheduler();
        private final MemoryCheckpointStore store = new MemoryCheckpointStore();
        private final DurableRejects rejects = new DurableRejects();
        private final Api api;
        private final TextSource source;
        private final Set<String> good = new TreeSet<>();
        private final Set<Long> badLines = new TreeSet<>();
        private int filtered;
        private int rows;
        private int kills;
        private final int largestRequest;

        /** Whether records are written straight into batches, whose memory is used again. */
        private final boolean encoded;

        Script(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.encoded = seed % 2 == 1;
            this.largestRequest = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : Integer.MAX_VALUE;
            this.source = new TextSource(csv());
            this.api = new Api(random.split());
        }

        private String csv() {
            StringBuilder csv = new StringBuilder("id,kind\n");
            rows = random.nextInt(400);
            double badShare = random.nextInt(3) == 0 ? 0.3 : 0.02;
            long line = 2;
            for (int i = 0; i < rows; i++) {
                String id = "r" + i;
                int kind = random.nextDouble() < badShare ? 1 + random.nextInt(4) : 0;
                csv.append(
                        switch (kind) {
                            case 1 -> id; // too few fields
                            case 2 -> id + ",\"poison\n\"";
                            case 3 -> id + ",unknown";
                            case 4 -> id + ",unwanted";
                            default -> id + ",good";
                        });
                csv.append('\n');
                if (kind == 0) {
                    good.add(id);
                } else if (kind == 4) {
                    filtered++;
                } else {
                    badLines.add(line);
                }
                line += kind == 2 ? 2 : 1;
            }
            return csv.toString();
        }

        void run() {
            @Nullable RunReport report;
            int runs = 0;
            do {
                report = once();
                assertThat(++runs)
                        .as("runs of script %d, the last: %s", seed, report)
                        .isLessThan(300);
            } while (report == null || report.status() != RunStatus.COMPLETED);

            assertThat(report.unsettled()).isZero();
            assertThat(report.read()).as("read of script %d", seed).isEqualTo(rows);
            assertThat(report.delivered()).as("delivered of script %d", seed).isEqualTo(good.size());
            assertThat(report.rejected()).as("rejected of script %d", seed).isEqualTo(badLines.size());
            assertThat(report.filtered()).as("filtered of script %d", seed).isEqualTo(filtered);
            assertThat(api.applied.keySet()).as("lost in script %d", seed).containsExactlyInAnyOrderElementsOf(good);
            assertThat(api.applied.values())
                    .as("applied twice in script %d", seed)
                    .allMatch(times -> times == 1);
            assertThat(rejects.lines).as("reject file of script %d", seed).containsExactlyElementsOf(badLines);
        }

        /** Null if the process was killed on the way. */
        private @Nullable RunReport once() {
            int killAt = kills < 8 && random.nextInt(3) > 0 ? 1 + random.nextInt(60) : Integer.MAX_VALUE;
            int[] events = {0};
            boolean[] killed = {false};
            BooleanSupplier isKilled = () -> {
                if (!killed[0] && ++events[0] == killAt) {
                    killed[0] = true;
                    kill();
                }
                return killed[0];
            };
            RecordStage<CsvRow> rows = Pipeline.from(source)
                    .parse(CsvParser.withHeader())
                    .filter((CsvRow row) -> !row.text("kind").equals("unwanted"));
            Catalog catalog = new Catalog(random.split());
            RunReport report = encoded
                    ? once(rows.enrich(new EncodingCatalog(catalog)), JsonRecord::asText, isKilled)
                    : once(rows.enrich(catalog), text -> text, isKilled);

            assertThat(report.isBalanced()).as("balance of script %d", seed).isTrue();
            if (report.status() == RunStatus.COMPLETED) {
                assertThat(report.unsettled()).isZero();
            }
            // What a run left in the air when its deadline came arrives now, or never.
            time.advance(Duration.ofMinutes(1));
            return killed[0] ? null : report;
        }

        private <T> RunReport once(RecordStage<T> records, Function<T, String> textOf, BooleanSupplier isKilled) {
            BatchDelivery<T> delivery = new ScriptedDelivery<T>(time, batch -> {
                        List<String> texts =
                                batch.records().stream().map(textOf).toList();
                        return isKilled.getAsBoolean()
                                ? Reply.of(DeliveryOutcome.stop("killed", "killed"))
                                : api.answer(batch.key(), texts);
                    })
                    .takingAtMost(largestRequest);
            PipelineBuilder<T> builder = records.batch(BatchSizing.adaptive(2, 8, 32)
                            .withMaxBytes(random.nextBoolean() ? Long.MAX_VALUE : 5 + random.nextInt(200)))
                    .deliver(new LettingGo<>(delivery, encoded))
                    .concurrency(ConcurrencyController.fixed(1 + random.nextInt(6)))
                    .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofMinutes(2)))
                    .rejects(rejects.forRun())
                    .checkpoint(store)
                    .scheduler(time);
            if (random.nextInt(4) == 0) {
                builder.deadline(Duration.ofMillis(50 + random.nextInt(2000)));
            }
            return builder.build().run();
        }

        private void kill() {
            kills++;
            store.kill();
            rejects.kill(random);
        }
    }

    /** Knows every kind but one; now and then it wants to see records ahead, and cannot be asked at times. */
    private static final class Catalog implements Enricher<CsvRow, String> {
        private final SplittableRandom random;
        private final int chunk;
        private final Set<String> prepared = new HashSet<>();

        Catalog(SplittableRandom random) {
            this.random = random;
            this.chunk = random.nextBoolean() ? 0 : 1 + random.nextInt(40);
        }

        @Override
        public int chunk() {
            return chunk;
        }

        @Override
        public void prepare(List<? extends CsvRow> rows) {
            assertThat(rows.size()).isBetween(1, chunk);
            if (random.nextInt(20) == 0) {
                throw new CatalogUnavailableException("the catalog does not answer", new IOException("refused"));
            }
            rows.forEach(row -> prepared.add(row.text("id")));
        }

        @Override
        public String enrich(CsvRow row) {
            assertThat(chunk == 0 || prepared.remove(row.text("id")))
                    .as("shown ahead")
                    .isTrue();
            if (random.nextInt(400) == 0) {
                throw new CatalogUnavailableException("the catalog does not answer", new IOException("refused"));
            }
            if (row.text("kind").equals("unknown")) {
                throw new RejectedRecordException("unknown-key", "column kind: not in the catalog");
            }
            return row.text("id") + row.text("kind").charAt(0);
        }
    }

    /** The same as JSON; what it cannot enrich it has begun to write. */
    private static final class EncodingCatalog implements JsonEncoder<CsvRow> {
        private final Catalog catalog;

        EncodingCatalog(Catalog catalog) {
            this.catalog = catalog;
        }

        @Override
        public int chunk() {
            return catalog.chunk();
        }

        @Override
        public void prepare(List<? extends CsvRow> rows) {
            catalog.prepare(rows);
        }

        @Override
        public void encode(CsvRow row, JsonBuffer out) {
            out.raw("half of it");
            String enriched = catalog.enrich(row);
            out.truncate(out.length() - "half of it".length());
            out.raw(enriched);
        }
    }

    /** A delivery that looks at a batch no more when its outcome is known, or does not say so. */
    private record LettingGo<T>(BatchDelivery<T> delivery, boolean letsGoOfBatches) implements BatchDelivery<T> {

        @Override
        public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
            String key = batch.key();
            List<Long> offsets = offsets(batch);
            return delivery.deliver(batch).whenComplete((outcome, failure) -> {
                assertThat(batch.key()).isEqualTo(key);
                assertThat(offsets(batch)).as("records of a batch on its way").isEqualTo(offsets);
            });
        }

        private static List<Long> offsets(Batch<?> batch) {
            return IntStream.range(0, batch.size())
                    .mapToObj(i -> batch.position(i).byteOffset())
                    .toList();
        }

        @Override
        public int largestRequest() {
            return delivery.largestRequest();
        }
    }

    /** Refuses batches with poison as a whole, and fails at random; it keeps its answers by key, and gives them again. */
    private static final class Api {
        private final SplittableRandom random;
        private final Map<String, DeliveryOutcome> answers = new HashMap<>();
        private final Map<String, Integer> applied = new HashMap<>();
        private final double trouble;
        private final boolean answersForEach;

        Api(SplittableRandom random) {
            this.random = random;
            this.trouble = random.nextInt(3) * 0.15;
            this.answersForEach = random.nextInt(3) == 0;
        }

        Reply answer(String key, List<String> batch) {
            Duration latency = Duration.ofMillis(1 + random.nextInt(200));
            DeliveryOutcome before = answers.get(key);
            if (before != null) {
                return Reply.of(before).after(latency);
            }
            if (random.nextDouble() < trouble) {
                return (switch (random.nextInt(5)) {
                            case 0 -> Reply.of(DeliveryOutcome.retry("http-500"));
                            case 1 -> Reply.of(DeliveryOutcome.overloaded("http-429", Duration.ofSeconds(2)));
                            case 2 -> Reply.failing(new IOException("refused"));
                            case 3 -> {
                                var lost = apply(key, batch);
                                assertThat(lost).isNotNull();
                                yield Reply.failing(new IOException("reset after the work was done"));
                            }
                            default -> Reply.failing(new TimeoutException("no answer"));
                        })
                        .after(latency);
            }
            if (random.nextInt(400) == 0) {
                return Reply.of(DeliveryOutcome.stop("http-401", "no token"));
            }
            return Reply.of(apply(key, batch)).after(latency);
        }

        private DeliveryOutcome apply(String key, List<String> batch) {
            boolean poisoned = batch.stream().anyMatch(Api::isPoison);
            DeliveryOutcome answer;
            if (answersForEach) {
                List<RecordOutcome> each = new ArrayList<>();
                for (String record : batch) {
                    if (isPoison(record)) {
                        each.add(RecordOutcome.rejected("bad", "it is poison"));
                    } else if (random.nextInt(20) == 0) {
                        each.add(RecordOutcome.retry("busy"));
                    } else {
                        applyOne(record);
                        each.add(RecordOutcome.delivered());
                    }
                }
                answer = new DeliveryOutcome.PerRecord(each);
                if (each.stream().allMatch(RecordOutcome.Retry.class::isInstance)) {
                    // Nothing was done for this key, so there is nothing to give again.
                    return answer;
                }
            } else if (poisoned) {
                answer = DeliveryOutcome.refused("http-422", "the API answered 422");
            } else {
                batch.forEach(this::applyOne);
                answer = DeliveryOutcome.delivered();
            }
            answers.put(key, answer);
            return answer;
        }

        private void applyOne(String record) {
            applied.merge(record.substring(0, record.length() - 1), 1, Integer::sum);
        }

        private static boolean isPoison(String record) {
            return record.endsWith("p");
        }
    }

    /** A file that loses what was not synced, or not, when its process is killed. */
    private static final class DurableRejects {
        private final List<Long> lines = new ArrayList<>();
        private int synced;
        private int life;

        void kill(SplittableRandom random) {
            life++;
            int kept = synced + random.nextInt(lines.size() - synced + 1);
            lines.subList(kept, lines.size()).clear();
        }

        RejectedRecords forRun() {
            int born = life;
            return new RejectedRecords() {
                @Override
                public void open(byte[] rawHeader, long mark) {
                    assertThat(mark).isLessThanOrEqualTo(lines.size());
                    lines.subList((int) mark, lines.size()).clear();
                    synced = lines.size();
                }

                @Override
                public void write(RejectedRecord record) {
                    if (born == life) {
                        lines.add(record.position().line());
                    }
                }

                @Override
                public long sync() {
                    synced = born == life ? lines.size() : synced;
                    return lines.size();
                }

                @Override
                public void close() {}
            };
        }
    }
}
