// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RequestContext;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.TextSource;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import io.micrometer.observation.transport.SenderContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ObservationsTest {

    private final ObservationRegistry registry = ObservationRegistry.create();
    private final List<Observation.Context> started = Collections.synchronizedList(new ArrayList<>());
    private final List<Observation.Context> stopped = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> headers = ConcurrentHashMap.newKeySet();
    private final Set<String> seenOnWorkers = ConcurrentHashMap.newKeySet();

    ObservationsTest() {
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStart(Observation.Context context) {
                started.add(context);
                if (context instanceof SenderContext<?> sender) {
                    inject(sender);
                }
            }

            @Override
            public void onStop(Observation.Context context) {
                stopped.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
    }

    private <C> void inject(SenderContext<C> sender) {
        sender.getSetter().set(sender.getCarrier(), "traceparent", "00-trace-" + started.size());
    }

    private Pipeline pipeline(BatchDelivery.Blocking<String> delivery) {
        StringBuilder csv = new StringBuilder("id\n");
        IntStream.range(0, 100).forEach(i -> csv.append(i).append('\n'));
        return Pipeline.from(new TextSource(csv.toString()))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(BatchDelivery.blocking(delivery))
                .rejects(RejectedRecords.counting())
                .observations(registry)
                .build();
    }

    @Test
    void aRunHoldsBatchesAndABatchHoldsRequestsOnWhicheverThreadTheyAreMade() {
        Set<String> failed = new HashSet<>();
        RunReport report = pipeline(batch -> {
                    headers.addAll(RequestContext.current().headers().values());
                    Observation current = registry.getCurrentObservation();
                    seenOnWorkers.add(
                            current == null ? "none" : current.getContext().getName());
                    synchronized (failed) {
                        return failed.add(batch.key()) && batch.position(0).recordNumber() == 21
                                ? DeliveryOutcome.retry("http-500")
                                : DeliveryOutcome.delivered();
                    }
                })
                .run();

        assertThat(report.requests()).isEqualTo(11);
        assertThat(named(started, "pipeline.run")).hasSize(1);
        assertThat(named(started, "pipeline.batch"))
                .hasSize(10)
                .allSatisfy(batch -> assertThat(parent(batch)).isEqualTo("pipeline.run"));
        assertThat(named(started, "pipeline.request"))
                .hasSize(11)
                .allSatisfy(request -> assertThat(parent(request)).isEqualTo("pipeline.batch"));
        assertThat(stopped).hasSameSizeAs(started);
        assertThat(headers).hasSize(11);
        assertThat(seenOnWorkers).containsExactly("pipeline.request");
        assertThat(named(stopped, "pipeline.request").stream()
                        .map(ObservationsTest::outcome)
                        .distinct())
                .containsExactlyInAnyOrder("delivered", "retry");
        assertThat(outcome(named(stopped, "pipeline.run").get(0))).isEqualTo("completed");
        assertThat(registry.getCurrentObservation()).isNull();
        assertThat(RequestContext.current()).isSameAs(RequestContext.NONE);
    }

    /** Also where the request is answered before the call of the delivery returns. */
    @Test
    void whatFollowsFromARequestIsNotWithinIt() {
        Set<String> around = ConcurrentHashMap.newKeySet();
        StringBuilder csv = new StringBuilder("id\n");
        IntStream.range(0, 100).forEach(i -> csv.append(i).append('\n'));
        Pipeline.from(new TextSource(csv.toString()))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered()))
                .listener(new PipelineListener() {
                    @Override
                    public void batchDelivered(int records) {
                        Observation current = registry.getCurrentObservation();
                        around.add(
                                current == null ? "none" : current.getContext().getName());
                        around.add(RequestContext.current().headers().isEmpty() ? "no headers" : "headers");
                    }
                })
                .observations(registry)
                .build()
                .run();

        assertThat(around).doesNotContain("pipeline.request", "headers").contains("no headers");
        assertThat(stopped).hasSameSizeAs(started);
    }

    @Test
    void aRunThatBreaksIsObservedToItsEnd() {
        Pipeline broken = pipeline(batch -> {
            throw new IllegalStateException("planted");
        });
        org.assertj.core.api.Assertions.assertThatThrownBy(broken::run).isInstanceOf(PipelineException.class);
        assertThat(named(stopped, "pipeline.run").get(0).getError()).isInstanceOf(PipelineException.class);
        assertThat(stopped).hasSameSizeAs(started);
        assertThat(registry.getCurrentObservation()).isNull();
    }

    @Test
    void aRunIsWithinWhatTheCallerIsIn() {
        Observation outer = Observation.start("caller", registry);
        try (Observation.Scope scope = outer.openScope()) {
            pipeline(batch -> DeliveryOutcome.delivered()).run();
        }
        assertThat(parent(named(started, "pipeline.run").get(0))).isEqualTo("caller");
    }

    private static String outcome(Observation.Context context) {
        KeyValue outcome = context.getLowCardinalityKeyValue("outcome");
        return outcome == null ? "none" : outcome.getValue();
    }

    private static String parent(Observation.Context context) {
        ObservationView parent = context.getParentObservation();
        return parent == null ? "none" : String.valueOf(parent.getContextView().getName());
    }

    private static List<Observation.Context> named(List<Observation.Context> all, String name) {
        return all.stream().filter(context -> name.equals(context.getName())).toList();
    }

    @Test
    void aHandlerThatThrowsCostsTheRunNothing() {
        ObservationRegistry failing = ObservationRegistry.create();
        failing.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStart(Observation.Context context) {
                throw new IllegalStateException("planted");
            }

            @Override
            public void onScopeOpened(Observation.Context context) {
                throw new IllegalStateException("planted");
            }

            @Override
            public void onStop(Observation.Context context) {
                throw new IllegalStateException("planted");
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        Resilience resilience = Resilience.ofDefaults();
        RunReport report = Pipeline.from(new TextSource("id\n1\n2\n3\n"))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(1))
                .deliver(BatchDelivery.blocking((Batch<String> batch) -> DeliveryOutcome.delivered()))
                .resilience(resilience)
                .observations(failing)
                .build()
                .run();

        assertThat(report.delivered()).isEqualTo(3);
        assertThat(resilience.concurrency().inFlight()).isZero();
        assertThat(failing.getCurrentObservation()).isNull();
    }
}
