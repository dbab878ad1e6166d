// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.aws.cloudwatch.EmfMeterRegistry;
import io.apilados.pipeline.aws.lambda.Continuation;
import io.apilados.pipeline.aws.lambda.LambdaClientInvoker;
import io.apilados.pipeline.aws.lambda.LambdaPipeline;
import io.apilados.pipeline.aws.lambda.PipelineFunction;
import io.apilados.pipeline.aws.lambda.S3EventObject;
import io.apilados.pipeline.aws.s3.S3ByteSource;
import io.apilados.pipeline.aws.s3.S3Clients;
import io.apilados.pipeline.control.RefreshingValue;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.lambda.IngestSettings.Continued;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The mission, by the settings of the moment: what serves all invocations of an environment is made once, and anew when the
 * settings have changed. Safe for use by many threads.
 */
final class IngestFunction implements PipelineFunction<JsonRecord> {

    /** What was replaced is closed when no invocation can use it any more: none takes longer. */
    private static final Duration LONGEST_INVOCATION = Duration.ofMinutes(15);

    private final Map<String, String> environment;
    private final @Nullable URI endpoint;
    private final ReentrantLock lock = new ReentrantLock();

    /** The three are guarded by the lock. */
    private S3Client client;

    private RefreshingValue<IngestSettings> settings = RefreshingValue.of(this::load);
    private Ingestion current;

    IngestFunction(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
        this.endpoint = SettingsReader.endpoint(environment);
        this.client = S3Clients.create(endpoint);
        this.current = new Ingestion(wanted(), environment, client);
        try {
            current.loadCatalog();
        } catch (IOException | RuntimeException e) {
            // The first invocation tries again, and fails with the reason if need be.
            LoggerFactory.getLogger(IngestFunction.class).warn("the catalog could not be loaded: {}", e.getMessage());
        }
    }

    /** What the environment says, outweighed by what the document says, if there is one. */
    private IngestSettings load() throws IOException {
        Map<String, String> values = new HashMap<>(environment);
        String document = environment.getOrDefault(IngestSetting.PIPELINE_CONFIG.name(), "");
        if (!document.isBlank()) {
            ByteSource source = S3ByteSource.of(client, URI.create(document.strip()));
            try (InputStream in = source.open(source.version(), 0)) {
                Properties lines = new Properties();
                lines.load(new InputStreamReader(in, StandardCharsets.UTF_8));
                lines.forEach((name, value) -> values.put(String.valueOf(name), String.valueOf(value)));
            }
        }
        return IngestSettings.of(values);
    }

    /** The settings of the moment. */
    private IngestSettings wanted() {
        try {
            return settings.get();
        } catch (IllegalStateException e) {
            // What is wrong is in the cause, and Lambda shows the message alone.
            throw e.getCause() instanceof IllegalArgumentException wrong
                    ? wrong
                    : new IllegalStateException("the settings cannot be read: " + e.getCause(), e);
        }
    }

    /** What is to be used now. */
    private Ingestion now() {
        lock.lock();
        try {
            IngestSettings wanted = wanted();
            if (!wanted.equals(current.settings())) {
                Ingestion replaced = current;
                current = new Ingestion(wanted, environment, client);
                var unused = Scheduler.system().schedule(replaced::close, LONGEST_INVOCATION);
            }
            return current;
        } finally {
            lock.unlock();
        }
    }

    /** What handlers are made of. */
    LambdaPipeline pipeline() {
        LambdaPipeline.Builder builder = LambdaPipeline.builder(
                object -> now().source(object), location -> now().checkpoints().acquire(location), this);
        String name = wanted().environment();
        if (name != null) {
            builder.metrics(EmfMeterRegistry.of(name));
        }
        return builder.build();
    }

    /**
     * Who goes on when the time is over.
     *
     * @param byDefault where nothing is set
     */
    Continuation continuation(Continued byDefault) {
        Continued set = wanted().continuation();
        return switch (set == null ? byDefault : set) {
            case ANSWERED -> Continuation.answered();
            case REDELIVERED -> Continuation.redelivered();
            case SELF -> Continuation.invokingItself(new LambdaClientInvoker(LambdaClient.create()));
        };
    }

    @Override
    public PipelineBuilder<JsonRecord> pipeline(S3EventObject object, ByteSource source) throws IOException {
        return now().pipeline(object, source);
    }

    /** Everything that an invocation does is done once, but for sending; then there is no connection any more. */
    @Override
    public void beforeSnapshot() throws IOException {
        lock.lock();
        try {
            current.prime();
            S3Client used = client;
            client = S3Clients.create(endpoint);
            Ingestion primed = current;
            current = primed.connectedAnew(client);
            primed.close();
            used.close();
        } finally {
            lock.unlock();
        }
    }

    /** The settings and the catalog may have changed since the snapshot. */
    @Override
    public void afterRestore() throws IOException {
        lock.lock();
        try {
            settings = RefreshingValue.of(this::load);
            current = current.refreshed();
        } finally {
            lock.unlock();
        }
        now().loadCatalog();
    }
}
