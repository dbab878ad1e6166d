// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.contrib.awsxray.propagator.AwsXrayPropagator;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * A run as a trace: OpenTelemetry behind Micrometer's Observation, and X-Ray's header on every request. A service hands its
 * own {@code ObservationRegistry} over, and needs nothing of this but the call of {@code observations}.
 */
public final class TracedIngest {

    private TracedIngest() {}

    /** Runs it on sample data and prints how many spans of each kind there were. */
    public static void main(String[] args) throws IOException {
        SpanCounter spans = new SpanCounter();
        try (Sandbox sandbox = Sandbox.start(1_000, 5_000);
                SdkTracerProvider provider = SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(spans))
                        .build();
                var api = HttpDelivery.to(sandbox.target())
                        .bearerToken(() -> SampleApi.TOKEN)
                        .build()) {
            CCTsCatalog catalog = CCTsCatalog.load(ByteSource.file(sandbox.catalog()));
            Pipeline.from(ByteSource.file(sandbox.participants()))
                    .parse(CsvParser.withHeader())
                    .enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(catalog)))
                    .batch(BatchSizing.fixed(500))
                    .deliver(api)
                    .rejects(RejectedRecords.csv(sandbox.rejects()))
                    .observations(observations(provider))
                    .build()
                    .run();
            spans.counts().forEach((name, count) -> System.out.println(name + ": " + count));
            System.out.println("traces at the API: " + sandbox.api().traces().size());
        }
    }

    /** What a service has already: Spring Boot, for one, makes it by itself. */
    private static ObservationRegistry observations(SdkTracerProvider provider) {
        Tracer theirs = provider.get("pipeline");
        OtelTracer tracer = new OtelTracer(theirs, new OtelCurrentTraceContext(), event -> {});
        OtelPropagator propagator =
                new OtelPropagator(ContextPropagators.create(AwsXrayPropagator.getInstance()), theirs);
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig()
                .observationHandler(
                        new io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler(
                                new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                                new DefaultTracingObservationHandler(tracer)));
        return registry;
    }

    /** In the place of an exporter that sends spans away. */
    private static final class SpanCounter implements SpanExporter {
        private final Map<String, Integer> counts = new TreeMap<>();

        @Override
        public synchronized CompletableResultCode export(Collection<SpanData> spans) {
            spans.forEach(span -> counts.merge(span.getName(), 1, Integer::sum));
            return CompletableResultCode.ofSuccess();
        }

        synchronized Map<String, Integer> counts() {
            return new TreeMap<>(counts);
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}
