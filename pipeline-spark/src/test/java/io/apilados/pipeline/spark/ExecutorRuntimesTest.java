// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.SplitSession;
import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonMapping;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SplitPlan;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutorRuntimesTest {

    private static final AtomicInteger MADE = new AtomicInteger();
    private static final AtomicInteger FAILS = new AtomicInteger();
    private static volatile CountDownLatch closed = new CountDownLatch(1);

    @TempDir
    Path folder;

    private final VirtualScheduler time = new VirtualScheduler();
    private final ExecutorRuntimes runtimes = new ExecutorRuntimes(time);

    /** Counts how often one was made and closed in this process. */
    private static final class Counted implements BatchDelivery<JsonRecord> {

        @Override
        public CompletionStage<DeliveryOutcome> deliver(Batch<JsonRecord> batch) {
            return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @BeforeEach
    void reset() {
        MADE.set(0);
        FAILS.set(0);
        closed = new CountDownLatch(1);
    }

    private SplitJob<JsonRecord> job(String id, @Nullable RequestShares shares) throws IOException {
        Path csv = Files.writeString(folder.resolve("in.csv"), "id\n1\n2\n3\n");
        String name = csv.toString();
        String store = folder.resolve("store-" + id).toString();
        PipelineSpec.Builder<JsonRecord> spec = PipelineSpec.from(worker -> ByteSource.file(Path.of(name)))
                .<JsonRecord>enrich((rows, worker) ->
                        rows.enrich(JsonMapping.builder().text("id").build()))
                .batch(BatchSizing.fixed(2))
                .deliver(worker -> {
                    if (FAILS.getAndDecrement() > 0) {
                        throw new IOException("not now");
                    }
                    MADE.incrementAndGet();
                    return new Counted();
                })
                .store(worker -> SplitStore.directory(Path.of(store)));
        SplitPlan plan = CsvParser.withHeader()
                .plan(ByteSource.file(csv), ByteSource.file(csv).version(), 100, 1);
        return new SplitJob<>(id, (shares == null ? spec : spec.shares(shares)).build(), plan);
    }

    private long delivered(SplitJob<JsonRecord> job) throws IOException {
        try (ExecutorRuntimes.Use<JsonRecord> use = runtimes.use(job);
                SplitSession session = use.runtime().session(job.plan().splits().get(0))) {
            return session.run().delivered();
        }
    }

    @Test
    void tasksOfAJobShareOneDeliveryWhichIsClosedAMinuteAfterTheLast() throws Exception {
        SplitJob<JsonRecord> job = job("a", null);
        assertThat(delivered(job)).isEqualTo(3);
        time.advance(ExecutorRuntimes.KEPT_IDLE.minusNanos(1));
        assertThat(delivered(job)).isEqualTo(3);
        time.advance(ExecutorRuntimes.KEPT_IDLE.minusNanos(1));
        assertThat(MADE).hasValue(1);
        assertThat(runtimes.size()).isEqualTo(1);
        time.advance(ExecutorRuntimes.KEPT_IDLE);
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(runtimes.size()).isZero();
    }

    @Test
    void whatIsInUseStaysHoweverLong() throws IOException {
        SplitJob<JsonRecord> job = job("a", null);
        try (ExecutorRuntimes.Use<JsonRecord> use = runtimes.use(job)) {
            assertThat(delivered(job)).isEqualTo(3);
            time.advance(ExecutorRuntimes.KEPT_IDLE.multipliedBy(5));
            assertThat(use.runtime().jobId()).isEqualTo("a");
            assertThat(runtimes.size()).isEqualTo(1);
        }
    }

    @Test
    void jobsHaveRuntimesOfTheirOwn() throws IOException {
        assertThat(delivered(job("a", null)) + delivered(job("b", null))).isEqualTo(6);
        assertThat(MADE).hasValue(2);
    }

    @Test
    void whatCouldNotBeMadeIsMadeByTheNextTask() throws IOException {
        SplitJob<JsonRecord> job = job("a", null);
        FAILS.set(1);
        assertThatThrownBy(() -> delivered(job)).isInstanceOf(IOException.class).hasMessage("not now");
        assertThat(delivered(job)).isEqualTo(3);
    }

    @Test
    void theEndOfTheExecutorClosesAllAndFailsWhatComesAfter() throws Exception {
        SplitJob<JsonRecord> job = job("a", null);
        try (ExecutorRuntimes.Use<JsonRecord> use = runtimes.use(job)) {
            assertThat(delivered(job)).isEqualTo(3);
            runtimes.unplug();
            assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> use.runtime().session(job.plan().splits().get(0)))
                    .hasMessageContaining("is ending");
        }
    }

    @Test
    void aLeasedRateNeedsThePlugin() {
        assertThatThrownBy(() -> delivered(job("a", RequestShares.leased(40))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("name it in spark.plugins");
    }
}
