// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.metrics;

import io.apilados.pipeline.deliver.RequestContext;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run, a batch of it, or a request for a batch, as an observation of Micrometer's: {@code pipeline.run},
 * {@code pipeline.batch} and {@code pipeline.request}, each within the one before. With a tracing bridge they are spans,
 * and the headers of a request carry the trace on. Safe for use by many threads.
 */
public final class PathObservation {

    private final ObservationRegistry registry;
    private final Observation observation;
    private final RequestContext context;

    private PathObservation(ObservationRegistry registry, Observation observation, Map<String, String> headers) {
        this.registry = registry;
        this.observation = observation.start();
        this.context = new RequestContext(headers, () -> {
            Observation.Scope scope = observation.openScope();
            return scope::close;
        });
    }

    /**
     * A run begins, within whatever the calling thread is in.
     *
     * @param source where the records come from: no tag, because there may be many
     */
    public static PathObservation ofRun(ObservationRegistry registry, String source) {
        Observation observation =
                Observation.createNotStarted("pipeline.run", registry).highCardinalityKeyValue("source", source);
        return new PathObservation(registry, observation, Map.of());
    }

    /** A batch of this run is sent. */
    public PathObservation batch(int records) {
        Observation batch = Observation.createNotStarted("pipeline.batch", registry)
                .parentObservation(observation)
                .highCardinalityKeyValue("records", Integer.toString(records));
        return new PathObservation(registry, batch, Map.of());
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
        return new PathObservation(registry, request, headers);
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
        observation.lowCardinalityKeyValue("outcome", outcome);
        if (failure != null) {
            observation.error(failure);
        }
        observation.stop();
    }
}
