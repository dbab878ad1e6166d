// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.aws.lambda.S3EventObject;
import io.apilados.pipeline.aws.s3.S3ByteSource;
import io.apilados.pipeline.aws.s3.S3CheckpointStore;
import io.apilados.pipeline.aws.s3.S3RejectedRecords;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.BearerToken;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What the settings make that serves all invocations: the delivery, what stands before it, the catalog, the places in S3.
 * Safe for use by many threads; the client stays the caller's.
 */
final class Ingestion implements AutoCloseable {

    private static final int LEAST_CONNECTIONS = 10;

    private final IngestSettings settings;
    private final Map<String, String> environment;
    private final S3Client client;
    private final CheckpointStore checkpoints;
    private final Resilience resilience;
    private final HttpDelivery<JsonRecord> delivery;
    private final SchoolKeys keys;

    Ingestion(IngestSettings settings, Map<String, String> environment, S3Client client) {
        this(settings, environment, client, SchoolKeys.of(settings, client));
    }

    private Ingestion(IngestSettings settings, Map<String, String> environment, S3Client client, SchoolKeys keys) {
        this.settings = settings;
        this.environment = environment;
        this.client = client;
        this.keys = keys;
        S3CheckpointStore store =
                S3CheckpointStore.of(client, settings.checkpoints()).withTerm(settings.lease());
        this.checkpoints = settings.isOnAmazon() ? store.withoutTrial() : store;
        ConcurrencyController concurrency = settings.concurrency() == 0
                ? ConcurrencyController.ofDefaults()
                : ConcurrencyController.fixed(settings.concurrency());
        this.resilience = Resilience.builder()
                .concurrency(concurrency)
                .rate(settings.rate() == 0 ? RateLimit.adaptive() : RateLimit.perSecond(settings.rate()))
                .retry(RetryPolicy.ofDefaults().withPatience(settings.patience()))
                .build();
        HttpDelivery.Builder<JsonRecord> to =
                HttpDelivery.to(settings.target()).maxConnections(Math.max(LEAST_CONNECTIONS, concurrency.maxLimit()));
        BearerToken token = token();
        if (token != null) {
            to.bearerToken(token);
        }
        this.delivery = (settings.perRecord() ? to.perRecord() : to).build();
    }

    private @Nullable BearerToken token() {
        String secret = settings.tokenSecret();
        if (secret != null) {
            return BearerToken.kept(SecretsExtension.of(environment).secret(secret, settings.tokenField()));
        }
        String variable = settings.tokenVariable();
        if (variable == null) {
            return null;
        }
        String token = Objects.requireNonNull(environment.get(variable), "checked before");
        return BearerToken.from(() -> token);
    }

    IngestSettings settings() {
        return settings;
    }

    CheckpointStore checkpoints() {
        return checkpoints;
    }

    ByteSource source(S3EventObject object) {
        S3ByteSource source = S3ByteSource.of(client, object.bucket(), object.key());
        String version = object.versionId();
        return version == null ? source : source.withVersionId(version);
    }

    /** Loads what is loaded once, so that it is there. */
    void loadCatalog() throws IOException {
        var unused = keys.now();
    }

    PipelineBuilder<JsonRecord> pipeline(S3EventObject object, ByteSource source) throws IOException {
        S3RejectedRecords rejects = S3RejectedRecords.of(client, Places.of(object, settings.rejects(), ".csv"));
        PipelineBuilder<JsonRecord> pipeline =
                mission(source).rejects(new RejectsOnDemand(settings.isOnAmazon() ? rejects.withoutTrial() : rejects));
        URI reports = settings.reports();
        if (reports != null) {
            pipeline.listener(new ReportPlace(client, Places.of(object, reports, ".html")));
        }
        return settings.dryRun() ? pipeline.dryRun() : pipeline;
    }

    private PipelineBuilder<JsonRecord> mission(ByteSource source) throws IOException {
        CCTsEnricher enricher = CCTsEnricher.lookingUp(settings.keyColumn(), keys.now());
        String id = settings.idColumn();
        return Pipeline.from(source)
                .parse(CsvParser.withHeader().charset(settings.charset()))
                .enrich(id == null ? enricher.requiringIdWherePresent("id") : enricher.requiringId(id))
                .batch(settings.dryRun() ? BatchSizing.fixed(settings.batch().initial()) : settings.batch())
                .deliver(delivery)
                .resilience(resilience);
    }

    /** Does all that a run does but send: the catalog is fetched, and rows become JSON. */
    void prime() throws IOException {
        String id = settings.idColumn();
        var unused = mission(PrimingRows.of(settings.keyColumn(), id == null ? "id" : id))
                .dryRun()
                .build()
                .run();
    }

    /** The same with another client and no connections, without loading anything. */
    Ingestion connectedAnew(S3Client other) {
        return new Ingestion(settings, environment, other, keys.readBy(other));
    }

    /** The same with a catalog that is looked at again when it is next asked for. */
    Ingestion refreshed() {
        return connectedAnew(client);
    }

    @Override
    public void close() {
        delivery.close();
    }
}
