// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.metrics;

import io.apilados.pipeline.deliver.RequestContext;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A run, a batch of it, or a request for a batch, as an observation of Micrometer's: {@code pipeline.run},
 * {@code pipeline.batch} and {@code pipeline.request}, each within the one before. With a tracing bridge they are spans,
 * and the headers of a request carry the trace on. Safe for use by many threads.
 */
public final class PathObservation {

    private final ObservationRegistry registry;
    private final Observation observation;
    private final RequestContext context;

    /** Shared by all of a run. */
    private final AtomicBoolean warned;

    private PathObservation(
            ObservationRegistry registry, Observation observation, Map<String, String> headers, AtomicBoolean warned) {
        this.registry = registry;
        this.warned = warned;
        this.observation = observation;
        guarded(observation::start);
        this.context = new RequestContext(headers, () -> {
            // A scope whose opening or closing failed half-way may have been left behind on the thread.
            Observation.Scope before = registry.getCurrentObservationScope();
            Observation.Scope[] scope = new Observation.Scope[1];
            guarded(() -> scope[0] = observation.openScope());
            if (scope[0] == null) {
                registry.setCurrentObservationScope(before);
            }
            return () -> {
                if (scope[0] != null) {
                    guarded(scope[0]::close);
                    registry.setCurrentObservationScope(before);
                }
            };
        });
    }

    /** Handlers are somebody else's code; what they throw does not concern the run. */
    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            if (warned.compareAndSet(false, true)) {
                LoggerFactory.getLogger(PathObservation.class)
                        .warn(
                                "a handler of observations threw {}; it is ignored, and so are further ones of this run",
                                e.getClass().getName());
            }
        }
    }

    /**
     * A run begins, within whatever the calling thread is in.
     *
     * @param source where the records come from: no tag, because there may be many
     */
    public static PathObservation ofRun(ObservationRegistry registry, String source) {
        Observation observation =
                Observation.createNotStarted("pipeline.run", registry).highCardinalityKeyValue("source", source);
        return new PathObservation(registry, observation, Map.of(), new AtomicBoolean());
    }

    /** A batch of this run is sent. */
    public PathObservation batch(int records) {
        Observation batch = Observation.createNotStarted("pipeline.batch", registry)
                .parentObservation(observation)
                .highCardinalityKeyValue("records", Integer.toString(records));
        return new PathObservation(registry, batch, Map.of(), warned);
    }

    /** A request for this batch is made. */
    public PathObservation request(int records) {
        Map<String, String> headers = new LinkedHashMap<>();
        SenderContext<Map<String, String>> sender = new SenderContext<>(
                (carrier, name, value) -> {
                    if (carrier != null) {
                        carrier.put(name, value);
                    }
                },
                Kind.CLIENT);
        sender.setCarrier(headers);
        Observation request = Observation.createNotStarted("pipeline.request", () -> sender, registry)
                .parentObservation(observation)
                .highCardinalityKeyValue("records", Integer.toString(records));
        return new PathObservation(registry, request, headers, warned);
    }

    /** What a delivery is called within. */
    public RequestContext context() {
        return context;
    }

    /**
     * It is over.
     *
     * @param outcome one of few words
     */
    public void ended(String outcome, @Nullable Throwable failure) {
        guarded(() -> {
            observation.lowCardinalityKeyValue("outcome", outcome);
            if (failure != null) {
                observation.error(failure);
            }
        });
        guarded(observation::stop);
    }
}
