// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apilados.pipeline.lambda.RuntimeApi.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the function is set to is what it does. */
@Timeout(120)
class IngestFunctionTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String PLANTED = "planted-token-9f3a";

    @Test
    void aTokenComesFromASecretAndIsToldToNobodyElse() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        try (Town town = new Town(new LedgerApi(Duration.ZERO, PLANTED))) {
            Loopback extension = town.with(Loopback.serving(exchange -> {
                asked.add(exchange.getRequestURI() + " "
                        + exchange.getRequestHeaders().getFirst("X-Aws-Parameters-Secrets-Token"));
                byte[] answer = ("{\"Name\":\"api\",\"SecretString\":\"{\\\"token\\\":\\\"" + PLANTED + "\\\"}\"}")
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
                exchange.close();
            }));
            town.set(IngestSetting.PIPELINE_TOKEN_SECRET, "prod/api token")
                    .set(IngestSetting.PIPELINE_TOKEN_FIELD, "token")
                    .setVariable("AWS_SESSION_TOKEN", "session")
                    .setVariable(
                            "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
                            Integer.toString(extension.uri().getPort()))
                    .setVariable("JAVA_TOOL_OPTIONS", "-Dorg.slf4j.simpleLogger.defaultLogLevel=debug");
            FunctionProcess function = town.start(Jvms.current(), IngestS3Handler.class);
            Answer answer = town.lambda.invoke(town.putFile("participants.csv", 300), MINUTE);

            assertThat(town.api.applied()).hasSize(Town.known(300));
            assertThat(asked).containsExactly("/secretsmanager/get?secretId=prod%2Fapi+token session");
            assertThat(answer.body()).doesNotContain(PLANTED);
            assertThat(function.lines()).isNotEmpty().noneMatch(line -> line.contains(PLANTED));
            assertThat(function.lines()).anyMatch(line -> line.contains("Apilados/Pipeline/test"));
        }
    }

    @Test
    void aDocumentInTheStoreOutweighsTheEnvironmentAndReportsAreKept() throws Exception {
        try (Town town = new Town(Duration.ZERO)) {
            town.s3.put(
                    Town.BUCKET,
                    "config.properties",
                    "# of the day\nPIPELINE_BATCH=7:7:7\nPIPELINE_TARGET=" + town.api.target() + "\n");
            town.set(IngestSetting.PIPELINE_CONFIG, "s3://" + Town.BUCKET + "/config.properties")
                    .set(IngestSetting.PIPELINE_BATCH, "50:50:50")
                    .set(IngestSetting.PIPELINE_TARGET, "http://127.0.0.1:1/")
                    .set(IngestSetting.PIPELINE_REPORTS, "s3://" + Town.BUCKET + "/reports");
            town.start(Jvms.current(), IngestS3Handler.class);
            town.lambda.invoke(town.putFile("a b.csv", 70), MINUTE);

            assertThat(town.api.applied()).hasSize(Town.known(70));
            assertThat(town.api.batches()).isEqualTo(Town.known(70) / 7);
            List<String> reports = town.s3.keys(Town.BUCKET, "reports/" + Town.BUCKET + "/a b.csv.");
            assertThat(reports).hasSize(1);
            assertThat(town.s3.text(Town.BUCKET, reports.get(0))).startsWithIgnoringCase("<!doctype html>");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"preload", "on-demand", "auto"})
    void theCatalogIsHeldAsTheModeSaysFromOneInvocationToTheNext(String mode) throws Exception {
        try (Town town = new Town(Duration.ZERO)) {
            town.set(IngestSetting.PIPELINE_MODE, mode);
            town.start(Jvms.current(), IngestS3Handler.class);

            Answer first = town.lambda.invoke(town.putFile("first.csv", 300), MINUTE);
            int afterFirst = catalogReads(town);
            Answer second = town.lambda.invoke(town.putFile("second.csv", 300), MINUTE);

            assertThat(first.failed()).isFalse();
            assertThat(second.failed()).isFalse();
            assertThat(town.api.applied()).hasSize(2 * Town.known(300));
            assertThat(afterFirst).isPositive();
            assertThat(catalogReads(town)).as("what is known is not read again").isEqualTo(afterFirst);
        }
    }

    private static int catalogReads(Town town) {
        return (int) town.s3.requests().stream()
                .filter(request -> request.startsWith("GET") && request.contains("/catalog.csv"))
                .count();
    }

    @Test
    void everyProblemIsToldAndNoAddress() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IngestSettings.of(Map.of(
                        "PIPELINE_CATALOG", "https://user:secret@host/catalog.csv",
                        "PIPELINE_TARGET", "ftp://secret",
                        "PIPELINE_LEASE", "1s",
                        "PIPELINE_MODE", "hot",
                        "PIPELINE_PATIENCE", "long",
                        "PIPELINE_CHARSET", "?",
                        "PIPELINE_CONCURRENCY", "0",
                        "PIPELINE_TOKEN_ENV", "TOKEN",
                        "PIPELINE_PER_RECORD", "yes",
                        "PIPELINE_CONTINUATION", "never")))
                .satisfies(e -> assertThat(e.getMessage())
                        .contains(
                                "PIPELINE_CATALOG must be an address that begins with s3:// and names a bucket",
                                "PIPELINE_TARGET must be an address that begins with http:// and names a host",
                                "PIPELINE_CHECKPOINTS is not set",
                                "PIPELINE_LEASE was '1s' but it must be 3s or more",
                                "PIPELINE_MODE was 'hot' but it must be one of preload, on-demand, auto",
                                "PIPELINE_PATIENCE was 'long'",
                                "PIPELINE_CHARSET was '?'",
                                "PIPELINE_CONCURRENCY was '0'",
                                "PIPELINE_TOKEN_ENV names a variable that is not set",
                                "PIPELINE_PER_RECORD was 'yes'",
                                "PIPELINE_CONTINUATION was 'never' but it must be one of answered, redelivered, self")
                        .doesNotContain("secret"));
    }

    @Test
    void whatIsNotSetHasTheValueThatTheTableSays() {
        IngestSettings settings = IngestSettings.of(Map.of(
                "PIPELINE_CATALOG", "s3://b/catalog.csv",
                "PIPELINE_TARGET", "https://api.example.org/records",
                "PIPELINE_CHECKPOINTS", "s3://b/run"));

        assertThat(settings.rejects()).hasToString("s3://b/run/rejects/");
        assertThat(settings.keyColumn()).isEqualTo("cct");
        assertThat(settings.mode()).isEqualTo(IngestSettings.Mode.PRELOAD);
        assertThat(settings.patience()).isEqualTo(Duration.ofMinutes(15));
        assertThat(settings.lease()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.environment()).isEqualTo("default");
        assertThat(settings.isOnAmazon()).isTrue();
        assertThat(settings.dryRun()).isFalse();
    }

    @Test
    void thePageHasEverySetting() throws Exception {
        List<String> rows = new ArrayList<>();
        Arrays.stream(IngestSetting.values())
                .map(setting ->
                        "| `" + setting.name() + "` | " + setting.meaning() + " | " + setting.byDefault() + " |")
                .forEach(rows::add);

        assertThat(Files.readAllLines(Path.of("..", "docs", "lambda.md"))).containsAll(rows);
    }
}
