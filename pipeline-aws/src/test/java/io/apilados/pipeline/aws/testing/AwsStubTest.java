// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.PutMetricAlarmRequest;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.IntelligentTieringAccessTier;
import software.amazon.awssdk.services.s3.model.Tiering;

/** The stub lets nothing pass that the services would not take. */
@Timeout(60)
class AwsStubTest {

    private static PutMetricAlarmRequest.Builder alarm() {
        return PutMetricAlarmRequest.builder()
                .alarmName("a")
                .namespace("AWS/Lambda")
                .metricName("Duration")
                .statistic("Average")
                .period(300)
                .evaluationPeriods(2)
                .threshold(480_000.0)
                .comparisonOperator("GreaterThanThreshold");
    }

    private static List<String> violations(Consumer<AwsStub> call) throws IOException {
        try (AwsStub stub = AwsStub.start()) {
            stub.lambda().function("f");
            assertThatThrownBy(() -> call.accept(stub)).isInstanceOf(AwsServiceException.class);
            return stub.takeViolations();
        }
    }

    private static List<String> alarmViolations(PutMetricAlarmRequest.Builder alarm) throws IOException {
        return violations(stub -> {
            try (CloudWatchClient client = stub.cloudWatchClient()) {
                client.putMetricAlarm(alarm.build());
            }
        });
    }

    private static List<String> memoryViolations(int memoryMb) throws IOException {
        return violations(stub -> {
            try (LambdaClient client = stub.lambdaClient()) {
                client.updateFunctionConfiguration(r -> r.functionName("f").memorySize(memoryMb));
            }
        });
    }

    private static List<String> tieringViolations(int days, IntelligentTieringAccessTier tier) throws IOException {
        return violations(stub -> {
            try (S3Client client = stub.s3Client()) {
                client.putBucketIntelligentTieringConfiguration(r -> r.bucket("enrolments")
                        .id("all")
                        .intelligentTieringConfiguration(c -> c.id("all")
                                .status("Enabled")
                                .tierings(Tiering.builder()
                                        .days(days)
                                        .accessTier(tier)
                                        .build())));
            }
        });
    }

    @Test
    void takesWhatTheModelTakes() throws IOException {
        try (AwsStub stub = AwsStub.start();
                CloudWatchClient client = stub.cloudWatchClient()) {
            client.putMetricAlarm(alarm().build());

            assertThat(stub.cloudWatch().alarms()).containsOnlyKeys("a");
            assertThat(client.describeAlarms(r -> r.alarmNames("a", "b")).metricAlarms())
                    .singleElement()
                    .satisfies(alarm -> {
                        assertThat(alarm.threshold()).isEqualTo(480_000.0);
                        assertThat(alarm.evaluationPeriods()).isEqualTo(2);
                    });
        }
    }

    @Test
    void refusesWhatTheModelOfCloudWatchDoesNotTake() throws IOException {
        assertThat(alarmViolations(alarm().statistic("Avg")))
                .singleElement()
                .asString()
                .contains("'Avg'");
        assertThat(alarmViolations(alarm().evaluationPeriods(0)))
                .singleElement()
                .asString()
                .contains("less than 1");
        assertThat(alarmViolations(alarm().comparisonOperator((String) null)))
                .containsExactly("PutMetricAlarm lacks ComparisonOperator");
        assertThat(alarmViolations(alarm().namespace(":x")))
                .singleElement()
                .asString()
                .contains("does not match");
        assertThat(alarmViolations(alarm().alarmActions("1", "2", "3", "4", "5", "6")))
                .singleElement()
                .asString()
                .contains("more than 5");
    }

    @Test
    void refusesWhatTheModelOfLambdaDoesNotTake() throws IOException {
        assertThat(memoryViolations(64)).singleElement().asString().contains("less than 128");
        assertThat(memoryViolations(20_000)).singleElement().asString().contains("more than 10240");
        assertThat(violations(stub -> {
                    try (LambdaClient client = stub.lambdaClient()) {
                        client.invoke(r -> r.functionName("f").invocationType("Sometimes"));
                    }
                }))
                .singleElement()
                .asString()
                .contains("'Sometimes'");
    }

    @Test
    void refusesTieringsThatS3DoesNotTake() throws IOException {
        assertThat(tieringViolations(1, IntelligentTieringAccessTier.ARCHIVE_ACCESS))
                .hasSize(1);
        assertThat(tieringViolations(90, IntelligentTieringAccessTier.DEEP_ARCHIVE_ACCESS))
                .hasSize(1);
        assertThat(tieringViolations(731, IntelligentTieringAccessTier.DEEP_ARCHIVE_ACCESS))
                .hasSize(1);
    }

    @Test
    void whatNoModelKnowsFailsTheTestThatCalledIt() throws Exception {
        AwsStub stub = AwsStub.start();
        HttpClient http = HttpClient.newHttpClient();
        URI wrong = stub.endpoint().resolve("/2019-09-30/functions/f/provisioned-concurrency");
        HttpRequest post = HttpRequest.newBuilder(wrong)
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();

        assertThat(http.send(post, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(400);
        assertThatThrownBy(stub::close)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("POST /2019-09-30/functions/f/provisioned-concurrency is no known operation");
    }

    @Test
    void aMissingQualifierIsMissed() throws Exception {
        AwsStub stub = AwsStub.start();
        HttpRequest put = HttpRequest.newBuilder(
                        stub.endpoint().resolve("/2019-09-30/functions/f/provisioned-concurrency"))
                .PUT(HttpRequest.BodyPublishers.ofString("{\"ProvisionedConcurrentExecutions\":2}"))
                .build();

        HttpClient.newHttpClient().send(put, HttpResponse.BodyHandlers.discarding());

        assertThat(stub.takeViolations()).containsExactly("PutProvisionedConcurrencyConfig lacks Qualifier");
        stub.close();
    }

    @Test
    void throttlingIsSeenByTheClientWhichTriesAgain() throws IOException {
        try (AwsStub stub = AwsStub.start();
                CloudWatchClient client = stub.cloudWatchClient()) {
            stub.refuseNext("PutMetricAlarm", 400, "Throttling");
            stub.refuseNext("PutMetricAlarm", 503, "ServiceUnavailable");

            client.putMetricAlarm(alarm().build());

            assertThat(stub.calls("PutMetricAlarm"))
                    .extracting(AwsStub.Call::attempt)
                    .containsExactly(1, 2, 3);
        }
    }

    @Test
    void bothReadersOfCborSeeTheSameInAnything() throws IOException {
        ObjectMapper writer = new ObjectMapper(new CBORFactory());
        for (int seed = 0; seed < 1000; seed++) {
            byte[] bytes = writer.writeValueAsBytes(anything(new Random(seed), 4));
            assertThat(Wire.same(Cbor.read(bytes), Wire.jacksonCbor(bytes)))
                    .as("seed " + seed)
                    .isTrue();
        }
    }

    private static @Nullable Object anything(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 7)) {
            case 0 -> random.nextLong() >> random.nextInt(64);
            case 1 -> random.nextDouble() * Math.pow(10, random.nextInt(40) - 20);
            case 2 -> (float) random.nextGaussian();
            case 3 -> random.nextBoolean();
            case 4 -> null;
            case 5 ->
                random.ints(random.nextInt(300), 32, 0x2fff)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            case 6 -> random.nextInt(100_000);
            case 7 -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = random.nextInt(30); i > 0; i--) {
                    list.add(anything(random, depth - 1));
                }
                yield list;
            }
            default -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                for (int i = random.nextInt(30); i > 0; i--) {
                    map.put("k" + i, anything(random, depth - 1));
                }
                yield map;
            }
        };
    }
}
