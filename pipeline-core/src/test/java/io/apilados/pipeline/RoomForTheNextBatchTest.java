// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.ForwardingCircuitBreaker;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The batch for which the reader waits, while as many are under way as may be. */
class RoomForTheNextBatchTest {

    private static final int ROWS = 60;
    private static final int BATCH = 10;
    private static final int CONCURRENCY = 2;

    private final VirtualScheduler time = new VirtualScheduler();
    private final List<String> log = new ArrayList<>();

    /** Happens when the first answer comes, before it is told. */
    private Runnable beforeTheFirst = () -> {};

    private DeliveryOutcome firstOutcome = DeliveryOutcome.delivered();
    private Duration latency = Duration.ofMillis(20);
    private int sent;

    private CompletionStage<DeliveryOutcome> answerLater(Batch<String> batch) {
        String id = batch.record(0);
        boolean first = sent++ == 0;
        CompletableFuture<DeliveryOutcome> later = new CompletableFuture<>();
        var unused = time.schedule(
                () -> {
                    if (first) {
                        beforeTheFirst.run();
                    }
                    log.add("answer to " + id + " comes");
                    later.complete(first ? firstOutcome : DeliveryOutcome.delivered());
                    log.add("answer to " + id + " was told");
                },
                latency);
        log.add("sent " + id);
        return later;
    }

    private PipelineBuilder<String> pipeline() {
        return pipeline(CircuitBreaker.disabled());
    }

    private PipelineBuilder<String> pipeline(CircuitBreaker breaker) {
        return pipeline(breaker, this::answerLater);
    }

    private PipelineBuilder<String> pipeline(CircuitBreaker breaker, BatchDelivery<String> delivery) {
        return pipeline(breaker, delivery, ConcurrencyController.fixed(CONCURRENCY), RateLimit.disabled());
    }

    private PipelineBuilder<String> pipeline(
            CircuitBreaker breaker, BatchDelivery<String> delivery, ConcurrencyController concurrency, RateLimit rate) {
        String csv = IntStream.range(0, ROWS).mapToObj(i -> i + "\n").collect(Collectors.joining("", "id\n", ""));
        return Pipeline.from(new TextSource(csv))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(BATCH))
                .deliver(delivery)
                .concurrency(concurrency)
                .circuitBreaker(breaker)
                .rate(rate)
                .scheduler(time);
    }

    private static PipelineException failureOf(PipelineBuilder<String> pipeline) {
        return catchThrowableOfType(
                PipelineException.class, () -> pipeline.build().run());
    }

    private static void assertBalanced(RunReport report) {
        assertThat(report.read())
                .isEqualTo(report.delivered() + report.rejected() + report.filtered() + report.unsettled());
    }

    @Test
    void isSentByWhoeverMakesRoomForItBeforeTheReaderGoesOn() {
        RunReport report = pipeline().build().run();

        assertThat(report.delivered()).isEqualTo(ROWS);
        assertThat(log)
                .startsWith(
                        "sent 0",
                        "sent 10",
                        "answer to 0 comes",
                        "sent 20",
                        "answer to 0 was told",
                        "answer to 10 comes",
                        "sent 30",
                        "answer to 10 was told");
        assertBalanced(report);
    }

    @Test
    void isNotSentAfterAStop() {
        firstOutcome = new DeliveryOutcome.Stop("no-token", "it does not know us");

        RunReport report = pipeline().build().run();

        assertThat(log).filteredOn(line -> line.startsWith("sent")).containsExactly("sent 0", "sent 10");
        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.delivered()).as("what was on its way").isEqualTo(BATCH);
        assertThat(report.unsettled()).isEqualTo(2 * BATCH);
        assertBalanced(report);
    }

    @Test
    void isLeftUnsettledIfTheReaderIsInterrupted() {
        beforeTheFirst = () -> Thread.currentThread().interrupt();
        firstOutcome = new DeliveryOutcome.Retry("http-503", Duration.ofSeconds(1), true, true);

        RunReport report = pipeline().build().run();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(log).filteredOn(line -> line.startsWith("sent")).doesNotHaveDuplicates();
        assertThat(report.unsettled()).isGreaterThanOrEqualTo(2 * BATCH);
        assertBalanced(report);
    }

    @Test
    void endsTheRunIfItCannotBeBegunThere() {
        FailsWhenArmed breaker = new FailsWhenArmed();
        beforeTheFirst = () -> breaker.armed = true;

        PipelineException failed = failureOf(pipeline(breaker));

        assertThat(failed).hasRootCauseMessage("the breaker is at fault");
        assertThat(log).filteredOn(line -> line.startsWith("sent")).containsExactly("sent 0", "sent 10");
        assertBalanced(failed.report());
    }

    @Test
    void endsTheRunIfTheReaderCannotBeginIt() {
        FailsWhenArmed breaker = new FailsWhenArmed();
        breaker.armed = true;

        PipelineException failed = failureOf(pipeline(breaker));

        assertThat(failed).hasRootCauseMessage("the breaker is at fault");
        assertThat(log).isEmpty();
        assertThat(failed.report().unsettled()).isEqualTo(BATCH);
        assertBalanced(failed.report());
    }

    @Test
    void endsTheRunIfItCannotBeTriedAgain() {
        FailsWhenArmed breaker = new FailsWhenArmed();
        firstOutcome = new DeliveryOutcome.Retry("http-503", Duration.ofMillis(1), true, true);
        beforeTheFirst = () -> breaker.armed = true;

        PipelineException failed = failureOf(pipeline(breaker));

        assertThat(failed).hasRootCauseMessage("the breaker is at fault");
        assertThat(failed.report().delivered()).as("what was on its way").isEqualTo(BATCH);
        assertBalanced(failed.report());
    }

    @Test
    void endsTheRunIfTheDeliveryCannotSayWhatItTakes() {
        BatchDelivery<String> delivery = new BatchDelivery<>() {
            private boolean failed;

            @Override
            public CompletionStage<DeliveryOutcome> deliver(Batch<String> batch) {
                return answerLater(batch);
            }

            @Override
            public int largestRequest() {
                if (sent == CONCURRENCY && !failed) {
                    failed = true;
                    throw new IllegalStateException("the delivery is at fault");
                }
                return BATCH;
            }
        };

        PipelineException failed = failureOf(pipeline(CircuitBreaker.disabled(), delivery));

        assertThat(failed).hasRootCauseMessage("the delivery is at fault");
        assertThat(log).filteredOn(line -> line.startsWith("sent")).containsExactly("sent 0", "sent 10");
        assertBalanced(failed.report());
    }

    /** A delivery of the caller's own, with a telling of its own. */
    private abstract static class TellingDelivery implements BatchDelivery<String> {
        @Override
        public CompletionStage<DeliveryOutcome> deliver(Batch<String> batch) {
            throw new AssertionError("nobody asks for a stage");
        }

        @Override
        public abstract void deliver(Batch<String> batch, Ending end);
    }

    @Test
    void isTakenOnceHoweverOftenTheOneBeforeIsToldToBeAtItsEnd() {
        BatchDelivery<String> delivery = new TellingDelivery() {
            @Override
            public void deliver(Batch<String> batch, Ending end) {
                var unused = answerLater(batch).whenComplete((outcome, failure) -> {
                    end.ended(outcome, failure);
                    end.ended(null, new IllegalStateException("told twice"));
                });
            }
        };
        RunReport report = pipeline(CircuitBreaker.disabled(), delivery).build().run();

        assertThat(report.delivered()).isEqualTo(ROWS);
        assertThat(log).filteredOn(line -> line.startsWith("sent")).hasSize(ROWS / BATCH);
        assertBalanced(report);
    }

    @Test
    void endsTheRunIfTheOneBeforeThrowsAfterItBegan() {
        BatchDelivery<String> delivery = new TellingDelivery() {
            @Override
            public void deliver(Batch<String> batch, Ending end) {
                var unused = answerLater(batch).whenComplete(end::ended);
                throw new IllegalStateException("the delivery is at fault");
            }
        };

        PipelineException failed = failureOf(pipeline(CircuitBreaker.disabled(), delivery));

        assertThat(failed).hasRootCauseMessage("the delivery is at fault");
        assertThat(failed.report().delivered()).isZero();
        assertBalanced(failed.report());
    }

    @Test
    void endsTheRunIfItsBreakerFailsWhileItWaitsForItsMoment() {
        FailsWhenArmed breaker = new FailsWhenArmed();
        beforeTheFirst = () -> breaker.armed = true;

        PipelineException failed = failureOf(
                pipeline(breaker, this::answerLater, ConcurrencyController.fixed(1), RateLimit.perSecond(20)));

        assertThat(failed).hasRootCauseMessage("the breaker is at fault");
        assertThat(failed.report().delivered()).isEqualTo(BATCH);
        assertBalanced(failed.report());
    }

    @Test
    void endsTheRunOnceIfTheControllerFailsWhenItIsAskedForRoom() {
        FailsOnceWhenArmed concurrency = new FailsOnceWhenArmed();
        beforeTheFirst = () -> concurrency.armed = true;

        PipelineException failed =
                failureOf(pipeline(CircuitBreaker.disabled(), this::answerLater, concurrency, RateLimit.disabled()));

        assertThat(failed).hasRootCauseMessage("the controller is at fault");
        assertThat(failed.report().delivered()).as("what was on its way").isEqualTo(2 * BATCH);
        assertBalanced(failed.report());
    }

    @Test
    void endsTheRunIfTheControllerFailsForGoodWhileARequestEnds() {
        FailsForGoodWhenArmed concurrency = new FailsForGoodWhenArmed();
        // So long that the run takes down how it is doing when the request ends, and asks for the limit.
        latency = Duration.ofMillis(150);
        beforeTheFirst = () -> concurrency.armed = true;

        PipelineException failed =
                failureOf(pipeline(CircuitBreaker.disabled(), this::answerLater, concurrency, RateLimit.disabled()));

        assertThat(failed).hasRootCauseMessage("the controller is at fault");
        assertBalanced(failed.report());
    }

    @Test
    void isObservedFromWhenItIsTakenAndNotWhileItWaits() {
        List<Duration> seen = new ArrayList<>();
        ObservationRegistry observations = ObservationRegistry.create();
        observations.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStart(Observation.Context context) {
                context.put("start", time.elapsed());
            }

            @Override
            public void onStop(Observation.Context context) {
                if ("pipeline.batch".equals(context.getName())) {
                    Duration start = context.getRequired("start");
                    seen.add(time.elapsed().minus(start));
                }
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });

        RunReport report = pipeline().observations(observations).build().run();

        assertThat(report.delivered()).isEqualTo(ROWS);
        assertThat(seen).hasSize(ROWS / BATCH).containsOnly(Duration.ofMillis(20));
    }

    /** A controller of somebody else's. */
    private static class SomebodyElses implements ConcurrencyController {
        private final ConcurrencyController inner = ConcurrencyController.fixed(CONCURRENCY);
        boolean armed;

        @Override
        public Optional<Permit> tryAcquire() {
            return inner.tryAcquire();
        }

        @Override
        public Permit acquire() throws InterruptedException {
            return inner.acquire();
        }

        @Override
        public Permit acquire(Duration patience) throws InterruptedException, TimeoutException {
            return inner.acquire(patience);
        }

        @Override
        public CompletionStage<Permit> acquireAsync() {
            return inner.acquireAsync();
        }

        @Override
        public int limit() {
            return inner.limit();
        }

        @Override
        public int maxLimit() {
            return inner.maxLimit();
        }

        @Override
        public int inFlight() {
            return inner.inFlight();
        }

        @Override
        public int waiting() {
            return inner.waiting();
        }
    }

    private static final class FailsOnceWhenArmed extends SomebodyElses {
        @Override
        public int maxLimit() {
            if (armed) {
                armed = false;
                throw new IllegalStateException("the controller is at fault");
            }
            return super.maxLimit();
        }
    }

    /** So do its permits. */
    private static final class FailsForGoodWhenArmed extends SomebodyElses {
        @Override
        public Optional<Permit> tryAcquire() {
            return super.tryAcquire().map(FailingPermit::new);
        }

        @Override
        public int limit() {
            check();
            return super.limit();
        }

        private void check() {
            if (armed) {
                throw new IllegalStateException("the controller is at fault");
            }
        }

        private final class FailingPermit implements Permit {
            private final Permit permit;

            FailingPermit(Permit permit) {
                this.permit = permit;
            }

            @Override
            public void succeeded() {
                check();
                permit.succeeded();
            }

            @Override
            public void ignored() {
                check();
                permit.ignored();
            }

            @Override
            public void dropped() {
                check();
                permit.dropped();
            }
        }
    }

    /** A gate of somebody else's that throws. */
    private static final class FailsWhenArmed extends ForwardingCircuitBreaker {
        private boolean armed;

        FailsWhenArmed() {
            super(CircuitBreaker.disabled());
        }

        @Override
        public Optional<Permit> tryAcquire() {
            if (armed) {
                throw new IllegalStateException("the breaker is at fault");
            }
            return super.tryAcquire();
        }
    }
}
