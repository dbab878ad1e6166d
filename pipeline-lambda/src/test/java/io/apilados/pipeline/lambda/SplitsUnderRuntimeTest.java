// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.aws.lambda.SplitManifest;
import io.apilados.pipeline.aws.s3.S3ByteSource;
import io.apilados.pipeline.aws.s3.S3SplitStore;
import io.apilados.pipeline.lambda.RuntimeApi.Answer;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.JsonTree;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SplitPlan;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Splits of a manifest in S3, each by invocations of a function that Lambda's runtime interface client runs. */
@Tag("once")
@Timeout(120)
class SplitsUnderRuntimeTest {

    private static final int ROWS = 400;
    private static final Duration BUDGET = Duration.ofMillis(1_500);

    @Test
    void aSplitThatNeedsThreeInvocationsIsDeliveredOnce() throws Exception {
        URI source = URI.create("s3://" + Town.BUCKET + "/participants.csv");
        URI jobs = URI.create("s3://" + Town.BUCKET + "/jobs");
        try (Town town = new Town(Duration.ofMillis(150));
                S3Client client = client(town)) {
            String unused = town.putFile("participants.csv", ROWS);
            ByteSource file = S3ByteSource.of(client, source);
            SplitPlan plan = CsvParser.withHeader()
                    .plan(file, file.version(), file.version().sizeBytes() / 2 + 1, 1);
            String manifest = SplitManifest.publish(plan, S3SplitStore.of(client, jobs));
            town.setVariable(SplitsHandler.SOURCE, source.toString())
                    .setVariable(SplitsHandler.STORE, jobs.toString())
                    .setVariable(SplitsHandler.TARGET, town.api.target().toString())
                    .start(Jvms.current(), SplitsHandler.class);

            int most = 0;
            String lines = requireNonNull(town.s3.text(Town.BUCKET, "jobs/" + SplitManifest.name(manifest)));
            for (String event : lines.lines().toList()) {
                most = Math.max(most, invocationsUntilDone(town, event));
            }
            assertThat(most).isGreaterThanOrEqualTo(3);
            JsonTree report = JsonTree.read(town.lambda
                    .invoke("{\"manifest\":\"" + manifest + "\"}", BUDGET)
                    .body());
            assertThat(report.whole("missing")).isZero();
            assertThat(report.whole("delivered")).isEqualTo(ROWS);
            assertThat(town.api.applied())
                    .hasSize(ROWS)
                    .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));

            int batches = town.api.batches();
            assertThat(town.lambda
                            .invoke("{\"manifest\":\"" + manifest + "\",\"split\":1}", BUDGET)
                            .body())
                    .startsWith("{\"done\":true");
            assertThat(town.api.batches()).isEqualTo(batches);
        }
    }

    private static int invocationsUntilDone(Town town, String event) throws Exception {
        String next = event;
        for (int invocation = 1; invocation < 30; invocation++) {
            Answer answer = town.lambda.invoke(next, BUDGET);
            assertThat(answer.failed()).as(answer.body()).isFalse();
            next = answer.body();
            if (next.startsWith("{\"done\":true")) {
                return invocation;
            }
        }
        throw new AssertionError("not done after 29 invocations: " + next);
    }

    private static S3Client client(Town town) {
        return S3Client.builder()
                .endpointOverride(town.s3.endpoint())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .httpClient(Apache5HttpClient.create())
                .build();
    }
}
