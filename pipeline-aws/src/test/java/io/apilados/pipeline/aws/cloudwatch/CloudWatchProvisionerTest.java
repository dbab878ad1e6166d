// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apilados.pipeline.aws.cloudwatch.ProvisioningPlan.Action;
import io.apilados.pipeline.aws.cloudwatch.ProvisioningPlan.Change;
import io.apilados.pipeline.aws.testing.AwsStub;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.ComparisonOperator;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;

@Timeout(60)
class CloudWatchProvisionerTest {

    private static final String TOPIC = "arn:aws:sns:us-east-1:123456789012:performance-alerts";

    private AwsStub stub;
    private CloudWatchClient client;
    private CloudWatchProvisioner provisioner;

    private static PipelineMonitoring.Builder monitoring() {
        return PipelineMonitoring.ofFunction("production", "apilados-pipeline-ingest")
                .dimension("Pipeline", "participants")
                .action(TOPIC);
    }

    @BeforeEach
    void start() throws IOException {
        stub = AwsStub.start();
        client = stub.cloudWatchClient();
        provisioner = CloudWatchProvisioner.of(client);
    }

    @AfterEach
    void stop() {
        client.close();
        stub.close();
    }

    private int writes() {
        return stub.calls("PutDashboard").size() + stub.calls("PutMetricAlarm").size();
    }

    private static List<Action> actions(ProvisioningPlan plan) {
        return plan.changes().stream().map(Change::action).toList();
    }

    @Test
    void aPlanWritesNothingAndShowsEverything() {
        ProvisioningPlan plan = provisioner.plan(monitoring().build());

        assertThat(writes()).isZero();
        assertThat(plan.isDone()).isFalse();
        assertThat(actions(plan)).hasSize(7).containsOnly(Action.CREATE);
        assertThat(plan.toText())
                .contains(
                        "create  dashboard Apilados-production-participants-Performance",
                        "create  alarm Apilados-production-participants-High-Duration",
                        "\"Threshold\" : 480000.0",
                        "\"EvaluationPeriods\" : 2",
                        TOPIC);
    }

    @Test
    void theSecondTimeNothingIsWritten() {
        provisioner.apply(monitoring().build());
        assertThat(writes()).isEqualTo(7);

        ProvisioningPlan again = provisioner.apply(monitoring().build());

        assertThat(again.isDone()).isTrue();
        assertThat(writes()).isEqualTo(7);
        assertThat(stub.cloudWatch().alarms()).hasSize(6);
    }

    @Test
    void onlyWhatDiffersIsWritten() {
        provisioner.apply(monitoring().build());

        ProvisioningPlan changed =
                provisioner.apply(monitoring().memoryPercent(70).build());

        assertThat(writes()).isEqualTo(8);
        assertThat(changed.changes())
                .filteredOn(change -> change.action() != Action.NONE)
                .singleElement()
                .satisfies(change -> {
                    assertThat(change.what()).endsWith("High-Memory");
                    assertThat(change.differences())
                            .anySatisfy(line -> assertThat(line).isEqualTo("Threshold: 80.0 -> 70.0"));
                });
    }

    @Test
    void whatOthersChangedIsSeen() {
        provisioner.apply(monitoring().build());
        String dashboard = "Apilados-production-participants-Performance";
        String alarm = "Apilados-production-participants-Breaker-Open";
        stub.cloudWatch()
                .dashboards()
                .computeIfPresent(dashboard, (name, body) -> body.replace("\"Memory\"", "\"RAM\""));
        client.putMetricAlarm(monitoring().build().alarms().get(3).toRequest().toBuilder()
                .actionsEnabled(false)
                .datapointsToAlarm(1)
                .build());

        ProvisioningPlan plan = provisioner.plan(monitoring().build());

        assertThat(plan.changes())
                .filteredOn(change -> change.action() == Action.UPDATE)
                .extracting(Change::what)
                .containsExactly("dashboard " + dashboard, "alarm " + alarm);
        assertThat(plan.toText())
                .contains("widget 9 'Memory': is missing", "widget 9 'RAM': is too many")
                .contains("ActionsEnabled: false -> true", "DatapointsToAlarm: is too many");

        provisioner.apply(monitoring().build());
        assertThat(provisioner.plan(monitoring().build()).isDone()).isTrue();
    }

    @Test
    void aDashboardThatIsNoJsonIsReplaced() {
        stub.cloudWatch().dashboards().put("Apilados-production-participants-Performance", "{");

        assertThat(provisioner.apply(monitoring().build()).changes().get(0).action())
                .isEqualTo(Action.UPDATE);
        assertThat(provisioner.plan(monitoring().build()).isDone()).isTrue();
    }

    @Test
    void throttlingDoesNotStopIt() {
        stub.refuseNext("GetDashboard", 400, "Throttling");
        stub.refuseNext("PutDashboard", 503, "ServiceUnavailable");
        stub.refuseNext("PutMetricAlarm", 400, "Throttling");

        provisioner.apply(monitoring().build());

        assertThat(stub.calls("PutDashboard")).extracting(AwsStub.Call::attempt).containsExactly(1, 2);
        assertThat(provisioner.plan(monitoring().build()).isDone()).isTrue();
    }

    @Test
    void specsSayWhatTheyDoNotTake() {
        MetricSpec metric = new MetricSpec("AWS/Lambda", "Duration", Map.of(), Statistic.MAXIMUM, "d");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AlarmSpec(
                        "a",
                        "",
                        metric,
                        Duration.ofSeconds(90),
                        1,
                        ComparisonOperator.GREATER_THAN_THRESHOLD,
                        1,
                        AlarmSpec.MissingData.IGNORE,
                        List.of()))
                .withMessage("the period of a was PT1M30S but it must be whole minutes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DashboardSpec("a b", List.of()))
                .withMessageContaining("name was 'a b'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DashboardSpec.Widget("", Duration.ofMinutes(1), List.of(metric)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MetricSpec("AWS/Lambda", "Duration", Map.of(), Statistic.fromValue("Avg"), "d"))
                .withMessageContaining("unknown statistic");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> monitoring().successPercent(0))
                .withMessageContaining("successPercent was 0.0");
    }
}
