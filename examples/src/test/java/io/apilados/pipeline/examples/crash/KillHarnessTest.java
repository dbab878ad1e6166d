// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.examples.Ingest;
import io.apilados.pipeline.examples.crash.ApiLedger.Resent;
import io.apilados.pipeline.examples.crash.Events.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link Ingest} is killed with SIGKILL, in every phase, and run again with the same arguments until it completes. Then:
 *
 * <ul>
 *   <li>Lost: 0. Every good record was applied by the API, and every bad one stands in the reject file once, in order.
 *   <li>Applied twice: 0. The API honours {@code Idempotency-Key}, so this says that whatever was sent again was cut the
 *       same way and had the same key.
 *   <li>Sent again: bounded by what can be in flight. A record is sent again by a run if a request of that run held it and
 *       a request of any earlier run did, too; measured at the API, where the bearer token tells the runs apart. How often
 *       a run itself repeats a request (after a 503, a lost answer, or in the parts of a batch with poison in it) plays no
 *       part. Records that the API had answered with 503 are not taken out, although it asked for them again: a batch that
 *       waits for its next attempt keeps its place among those in flight, so the bound holds with them. For every run: at
 *       most 8 batches are sent again, and so at most 8 times as many records as the largest of them has.
 *   <li>The summary of the last run counts for all of them.
 * </ul>
 *
 * <p>When to kill is rolled with a seed, but in events and not in time: so many requests received, so many 422 or 503
 * answered, so many changes in the folder of the checkpoint; and a random moment of up to 5 ms after that.
 */
final class KillHarnessTest {

    private static final long LONGEST_DELAY_NANOS = 5_000_000;
    private static final int ROWS_FOR_EACH_KILL = 2000;
    private static final int KILLS_OF_A_SOURCE = 24;
    private static final int BUSY_REQUESTS = 24;
    private static final int MOST_EVENTS_OF_A_STOP = 48;

    /** When a run is killed. */
    private enum Moment {
        /** The process has hardly begun. */
        START,
        /** It takes the lease, takes up the checkpoint, or writes the next one. */
        CHECKPOINT,
        /** After a few requests. */
        FEW_REQUESTS,
        /** After many. */
        MANY_REQUESTS,
        /** While batches with poison are taken apart. */
        ISOLATION,
        /** While the API is busy and batches wait. */
        RETRIES,
        /** After SIGTERM. */
        STOP,
        /** The API has nearly everything, or everything. */
        END
    }

    /** What a number of kills came to. */
    private static final class Figures {
        private int kills;
        private int stops;
        private int runs;
        private long requests;
        private int largestBatch;
        private final List<Resent> resent = new ArrayList<>();
        private long lost;
        private long appliedTwice;

        String toString(boolean bounded) {
            return String.format(
                    Locale.ROOT,
                    "kills %d, stops %d, runs %d, requests %d, largest batch %d, records sent again per restart: max %d%s"
                            + " mean %.1f (batches: max %d%s), lost %d, applied twice %d",
                    kills,
                    stops,
                    runs,
                    requests,
                    largestBatch,
                    resent.stream().mapToInt(Resent::records).max().orElse(0),
                    bounded ? ", bound " + Ingestion.IN_FLIGHT * largestBatch + "," : "",
                    resent.stream().mapToInt(Resent::records).average().orElse(0),
                    resent.stream().mapToInt(Resent::batches).max().orElse(0),
                    bounded ? ", bound " + Ingestion.IN_FLIGHT : "",
                    lost,
                    appliedTwice);
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void losesNothingWhenItIsKilledTwelveTimes(@TempDir Path folder) throws Exception {
        killUntil(12, 20_261_123, folder);
    }

    @Test
    @Tag("slow")
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void losesNothingWhenItIsKilledTwoHundredTimes(@TempDir Path folder) throws Exception {
        killUntil(200, 7_041_776, folder);
    }

    /** Where the source, the checkpoints and the rejected records of an ingestion are. */
    @FunctionalInterface
    interface Places {
        void prepare(Ingestion ingestion) throws IOException;
    }

    private static void killUntil(int kills, long seed, Path folder) throws IOException, InterruptedException {
        killUntil(kills, seed, folder, Ingestion::watchCheckpoint, true);
    }

    /**
     * As said above.
     *
     * @param bounded whether every settled batch is noted at once, so that only what was in flight is sent again
     */
    static void killUntil(int kills, long seed, Path folder, Places places, boolean bounded)
            throws IOException, InterruptedException {
        Figures figures = new Figures();
        Random random = new Random(seed);
        while (figures.kills < kills) {
            int planned = Math.min(KILLS_OF_A_SOURCE, kills - figures.kills);
            Path place = Files.createDirectories(folder.resolve("source-" + figures.runs));
            DirtySource source = DirtySource.write(place, ROWS_FOR_EACH_KILL * planned, 3, random.nextLong());
            try (Ingestion ingestion = new Ingestion(place, source, random.nextLong())) {
                places.prepare(ingestion);
                kill(planned, ingestion, random, figures);
                ingestion.assertNothingLost();
                Map<Integer, Resent> resent = add(ingestion, figures);
                if (bounded) {
                    assertLittleIsSentAgain(resent);
                }
            }
        }
        System.out.println("kill harness, seed " + seed + ": " + figures.toString(bounded));
    }

    /** Goes through so many moments, or fewer if the source ends first, and lets the last run complete. */
    private static void kill(int planned, Ingestion ingestion, Random random, Figures figures)
            throws IOException, InterruptedException {
        Deque<Moment> moments = moments(planned, random);
        while (true) {
            Moment moment = moments.poll();
            IngestProcess run = ingestion.start();
            if (moment != null) {
                awaitMoment(moment, run, ingestion, random);
                spin(random.nextLong(LONGEST_DELAY_NANOS));
                run.kill();
            }
            int code = run.exitCode();
            if (code == IngestProcess.KILLED && moment != null) {
                figures.kills++;
                ingestion.api().busy(0);
            } else if (code == IngestProcess.STOPPED || (code == IngestProcess.TERMINATED && moment == Moment.STOP)) {
                figures.stops++;
                if (code == IngestProcess.STOPPED) {
                    run.assertBalanced();
                }
            } else {
                assertThat(code)
                        .as("exit code at " + moment + "; " + run.describe())
                        .isIn(IngestProcess.COMPLETED, IngestProcess.COMPLETED_WITH_REJECTS);
                return;
            }
        }
    }

    /** All moments in turn, in random order, with the end at the end. */
    private static Deque<Moment> moments(int planned, Random random) {
        Deque<Moment> moments = new ArrayDeque<>();
        List<Moment> all = new ArrayList<>(List.of(Moment.values()));
        all.remove(Moment.END);
        while (moments.size() < planned - 2) {
            Collections.shuffle(all, random);
            moments.addAll(all.subList(0, Math.min(all.size(), planned - 2 - moments.size())));
        }
        moments.add(Moment.END);
        moments.add(Moment.END);
        return moments;
    }

    /** Returns at the moment, or when the run has ended. */
    private static void awaitMoment(Moment moment, IngestProcess run, Ingestion ingestion, Random random)
            throws IOException, InterruptedException {
        Events events = ingestion.events();
        switch (moment) {
            case START -> {
                // At once.
            }
            case CHECKPOINT -> events.await(run, Kind.CHECKPOINT, 1 + random.nextInt(12));
            case FEW_REQUESTS -> events.await(run, Kind.RECEIVED, 1 + random.nextInt(12));
            case MANY_REQUESTS -> events.await(run, Kind.RECEIVED, 20 + random.nextInt(150));
            case ISOLATION -> events.await(run, Kind.REFUSED, 1 + random.nextInt(20));
            case RETRIES -> {
                if (events.await(run, Kind.RECEIVED, 1 + random.nextInt(20))) {
                    ingestion.api().busy(BUSY_REQUESTS);
                    // One more than are in flight: the gate is closed then, and the run ends with its patience.
                    events.await(run, Kind.BUSY, 1 + random.nextInt(Ingestion.IN_FLIGHT + 1));
                }
            }
            case STOP -> {
                if (events.await(run, Kind.RECEIVED, 1 + random.nextInt(60))) {
                    run.stop();
                    events.awaitAny(run, random.nextInt(MOST_EVENTS_OF_A_STOP));
                }
            }
            case END -> {
                int good = ingestion.source().goodIds().size();
                events.awaitApplied(run, good - (random.nextBoolean() ? 0 : random.nextInt(300)));
            }
        }
    }

    private static void spin(long nanos) {
        long until = System.nanoTime() + nanos;
        while (System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
    }

    private static Map<Integer, Resent> add(Ingestion ingestion, Figures figures) throws IOException {
        ApiLedger ledger = ingestion.ledger();
        Map<Integer, Resent> resent = ingestion.resent(ledger);
        figures.runs += ingestion.runs().size();
        figures.requests += ledger.requests().size();
        figures.largestBatch = Math.max(figures.largestBatch, ledger.largestBatch());
        figures.resent.addAll(resent.values());
        figures.lost += ingestion.lost(ledger);
        figures.appliedTwice += Ingestion.appliedAgain(ledger);
        return resent;
    }

    private static void assertLittleIsSentAgain(Map<Integer, Resent> resent) {
        assertThat(resent).allSatisfy((run, again) -> {
            assertThat(again.batches())
                    .as("batches that run %s sent again", run)
                    .isLessThanOrEqualTo(8);
            assertThat(again.records())
                    .as("records that run %s sent again", run)
                    .isLessThanOrEqualTo(Ingestion.IN_FLIGHT * again.largest());
        });
    }
}
