// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.operate.LambdaConfigurator.Settings;
import io.apilados.pipeline.aws.testing.AwsStub;
import io.apilados.pipeline.aws.testing.LambdaStub;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

@Timeout(60)
class LambdaConfiguratorTest {

    private final VirtualScheduler time = new VirtualScheduler();
    private AwsStub stub;
    private LambdaClient client;
    private LambdaStub.Function function;
    private LambdaConfigurator configurator;

    @BeforeEach
    void start() throws IOException {
        stub = AwsStub.start();
        client = stub.lambdaClient();
        function = stub.lambda().function("ingest");
        configurator = LambdaConfigurator.of(client, "ingest", time);
    }

    @AfterEach
    void stop() {
        client.close();
        stub.close();
    }

    @Test
    void memoryGoesByTheNumberOfRecords() {
        assertThat(Settings.forRecords(10_000)).isEqualTo(new Settings(1536, Duration.ofSeconds(900)));
        assertThat(Settings.forRecords(10_001)).isEqualTo(new Settings(2048, Duration.ofSeconds(900)));
    }

    @Test
    void writesWhatDiffersWaitsForItAndTheSecondTimeNothing() throws InterruptedException {
        function.pollsUntilUpdated = 5;
        assertThat(configurator.plan(Settings.forRecords(50_000)))
                .containsExactly("memory: 1024 MB -> 2048 MB", "time-out: 3 s -> 900 s");
        assertThat(stub.calls("UpdateFunctionConfiguration")).isEmpty();

        configurator.apply(Settings.forRecords(50_000));

        assertThat(function.memoryMb).isEqualTo(2048);
        assertThat(function.timeoutSeconds).isEqualTo(900);
        assertThat(time.elapsed()).isGreaterThanOrEqualTo(Duration.ofSeconds(4));
        assertThat(configurator.apply(Settings.forRecords(50_000))).isEmpty();
        assertThat(stub.calls("UpdateFunctionConfiguration")).hasSize(1);
    }

    @Test
    void anUpdateThatFailsIsTold() {
        function.updateEndsAs = "Failed";

        assertThatThrownBy(() -> configurator.apply(Settings.forRecords(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("function ingest: its last update failed");
    }

    @Test
    void environmentsAreKeptReadyForAnAliasAndWaitedFor() throws InterruptedException {
        function.pollsUntilReady = 4;

        assertThat(configurator.planProvisioning("live", 2))
                .containsExactly("environments kept ready for live: 0 -> 2");
        configurator.provision("live", 2);

        assertThat(stub.calls("PutProvisionedConcurrencyConfig"))
                .singleElement()
                .satisfies(call -> assertThat(call.input())
                        .containsEntry("Qualifier", "live")
                        .containsEntry("ProvisionedConcurrentExecutions", 2));
        assertThat(time.elapsed()).isGreaterThanOrEqualTo(Duration.ofSeconds(15));
        assertThat(configurator.provision("live", 2)).isEmpty();
        assertThat(stub.calls("PutProvisionedConcurrencyConfig")).hasSize(1);
    }

    @Test
    void environmentsThatDoNotBecomeReadyAreTold() {
        function.provisioningEndsAs = "FAILED";
        assertThatThrownBy(() -> configurator.provision("live", 2))
                .hasMessageContaining("function ingest, live: 2 of 2 environments are ready and no more will be");

        function.pollsUntilReady = 100_000;
        assertThatThrownBy(() -> configurator.provision("live", 3))
                .hasMessageContaining("0 of 3 environments are ready after PT15M");
    }

    @Test
    void anUnpublishedVersionCannotBeKeptReady() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> configurator.provision("$LATEST", 2))
                .withMessage("qualifier was '$LATEST' but it must be a published version or an alias");
        assertThatIllegalArgumentException().isThrownBy(() -> configurator.provision("live", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Settings(1536, Duration.ofSeconds(901)));
        assertThat(stub.calls()).isEmpty();
    }

    @Test
    void utilizationIsAskedForWithTheAliasAsResource() {
        Instant now = Instant.parse("2026-11-20T12:30:00Z");
        Map<String, String> right = Map.of("FunctionName", "ingest", "Resource", "ingest:live");
        stub.cloudWatch().put("AWS/Lambda", "ProvisionedConcurrencyUtilization", right, now.minusSeconds(600), 0.25);
        stub.cloudWatch().put("AWS/Lambda", "ProvisionedConcurrencyUtilization", right, now.minusSeconds(900), 0.75);
        stub.cloudWatch()
                .put(
                        "AWS/Lambda",
                        "ProvisionedConcurrencyUtilization",
                        Map.of("FunctionName", "ingest"),
                        now.minusSeconds(900),
                        1);
        try (CloudWatchClient cloudWatch = stub.cloudWatchClient()) {
            assertThat(configurator.utilization(cloudWatch, "live", now.minusSeconds(86_400), now))
                    .hasValue(0.75);
            assertThat(configurator.utilization(cloudWatch, "other", now.minusSeconds(86_400), now))
                    .isEmpty();
        }
    }
}
