// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.aws.testing.AwsStub;
import io.apilados.pipeline.aws.testing.LambdaStub.Invocation;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.ReportSamples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every command does what it says against a stand-in, and with a dry run changes nothing. */
@Timeout(120)
class OperateTest {

    private static final Map<String, String> SETTINGS = Map.of(
            "aws.accessKeyId", "planted-key", "aws.secretAccessKey", "planted-secret", "aws.region", "us-east-1");
    private static final Set<String> WRITES = Set.of(
            "PutDashboard",
            "PutMetricAlarm",
            "UpdateFunctionConfiguration",
            "PutProvisionedConcurrencyConfig",
            "Invoke",
            "PutBucketLifecycleConfiguration",
            "PutBucketIntelligentTieringConfiguration");
    private static final String PRICES = "../docs/lambda-prices.json";

    @TempDir
    private Path folder;

    private AwsStub stub;

    /** A command that is over. */
    private record Ended(int exit, String out, String err) {}

    @BeforeEach
    void start() throws IOException {
        SETTINGS.forEach(System::setProperty);
        stub = AwsStub.start();
        stub.lambda().function("ingest");
    }

    @AfterEach
    void stop() {
        SETTINGS.keySet().forEach(System::clearProperty);
        stub.close();
    }

    private Ended operate(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--endpoint", stub.endpoint().toString()));
        return plainly(all);
    }

    private static Ended plainly(List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Operate.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private void assertNothingWritten() {
        assertThat(stub.calls()).extracting(AwsStub.Call::operation).doesNotContainAnyElementsOf(WRITES);
    }

    @Test
    void dryRunsChangeNothing() {
        for (String[] command : List.of(
                new String[] {"monitor", "--environment", "test", "--function", "ingest", "--dry-run"},
                new String[] {"tune", "--function", "ingest", "--prices", PRICES, "--dry-run"},
                new String[] {"configure", "--function", "ingest", "--records", "20000", "--dry-run"},
                new String[] {"configure", "--function", "ingest", "--alias", "live", "--ready", "2", "--dry-run"},
                new String[] {"cost", "--function", "ingest", "--prices", PRICES, "--dry-run"},
                new String[] {"storage", "--bucket", "enrolments", "--dry-run"},
                new String[] {"storage", "--bucket", "enrolments", "--tiering", "all", "--dry-run"},
                new String[] {"preflight", "--environment", "test", "--function", "ingest", "--dry-run"})) {
            Ended ended = operate(command);

            assertThat(ended.err()).as(String.join(" ", command)).isEmpty();
            assertThat(ended.exit()).isEqualTo(Operate.DONE);
            assertThat(ended.out()).isNotBlank();
            assertNothingWritten();
        }
    }

    @Test
    void monitorPutsDashboardAndAlarmsOnce() {
        String[] command = {
            "monitor",
            "--environment",
            "test",
            "--function",
            "ingest",
            "--tag",
            "Pipeline=p",
            "--action",
            "arn:aws:sns:x"
        };
        assertThat(operate(command).out()).contains("create  dashboard Apilados-test-p-Performance");
        assertThat(stub.cloudWatch().alarms()).hasSize(6);

        assertThat(operate(command).out()).doesNotContain("create", "update").contains("as it is  alarm");
    }

    @Test
    void tuneWritesItsResultAsTableJsonAndPage() throws IOException {
        stub.lambda().behaves((f, payload) -> new Invocation(1000 + 1e5 / f.memoryMb));
        Path event = Files.writeString(folder.resolve("event.json"), "{\"bucket\":\"b\",\"key\":\"k\"}");
        Path json = folder.resolve("tuning.json");
        Path html = folder.resolve("tuning.html");

        Ended ended = operate(
                "tune",
                "--function",
                "ingest",
                "--prices",
                PRICES,
                "--event",
                event.toString(),
                "--sizes",
                "512,1024",
                "--invocations",
                "3",
                "--strategy",
                "cost",
                "--notes",
                folder.resolve("notes").toString(),
                "--json",
                json.toString(),
                "--html",
                html.toString());

        assertThat(ended.exit()).as(ended.err()).isEqualTo(Operate.DONE);
        assertThat(ended.out()).startsWith("ingest by cost: 512 MB");
        assertThat(json).content().contains("\"chosenMb\" : 512");
        assertThat(html).content().startsWith("<!doctype html>");
        assertThat(stub.lambda().function("ingest").memoryMb).isEqualTo(1024);
        assertThat(stub.calls("Invoke").get(0).body())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"bucket\":\"b\",\"key\":\"k\",\"dryRun\":true}");
    }

    @Test
    void configureSetsMemoryByRecordsAndKeepsEnvironmentsReady() {
        Ended ended = operate(
                "configure",
                "--function",
                "ingest",
                "--records",
                "20000",
                "--alias",
                "live",
                "--ready",
                "2",
                "--utilization");

        assertThat(ended.out().lines())
                .containsExactly(
                        "changed memory: 1024 MB -> 2048 MB",
                        "changed time-out: 3 s -> 900 s",
                        "changed environments kept ready for live: 0 -> 2",
                        "environments kept ready for live: CloudWatch has no data of the last day");
        assertThat(operate("configure", "--function", "ingest", "--records", "20000")
                        .out())
                .isEqualToIgnoringNewLines("all is as it is to be");
    }

    @Test
    void costIsOfAPeriodOrOfARun() throws IOException {
        Instant at = Instant.now().minus(Duration.ofDays(1));
        stub.cloudWatch().put("AWS/Lambda", "Invocations", Map.of("FunctionName", "ingest"), at, 1000);
        stub.cloudWatch().put("AWS/Lambda", "Duration", Map.of("FunctionName", "ingest"), at, 1e9);
        assertThat(operate("cost", "--function", "ingest", "--prices", PRICES, "--environment", "test")
                        .out())
                .contains("16.666900 USD", "1,000 records: not known", "goal, cost of 1,000 records: UNKNOWN");

        RunReport run = ReportSamples.completed(60, 1);
        Path report = Files.writeString(folder.resolve("run.json"), run.toJson());
        int before = stub.calls().size();
        Ended ended = operate("cost", "--report", report.toString(), "--memory", "2048", "--prices", PRICES);

        assertThat(ended.out()).contains("0.002000 USD", "goal, cost of 1,000 records: MET");
        assertThat(stub.calls()).hasSize(before);
        assertThat(operate(
                                "cost",
                                "--report",
                                report.toString(),
                                "--memory",
                                "2048",
                                "--prices",
                                PRICES,
                                "--print-json")
                        .out())
                .contains("\"gbSeconds\" : 120");
    }

    @Test
    void storageShowsWhatItChanges() {
        assertThat(operate("storage", "--bucket", "enrolments", "--prefix", "uploads/")
                        .out())
                .contains("+ ID: apilados", "+ Filter.Prefix: uploads/");
        assertThat(operate("storage", "--bucket", "enrolments", "--prefix", "uploads/")
                        .out())
                .isEqualToIgnoringNewLines("all is as it is to be");
        assertThat(operate("storage", "--bucket", "enrolments", "--tiering", "all")
                        .out())
                .contains("+ Tierings[1].Days: 180");
        assertThat(stub.buckets().tierings()).containsKey("enrolments/all");
    }

    @Test
    void preflightTellsEachItemAndEndsByWhetherOneFails() throws IOException {
        Path report = Files.writeString(
                folder.resolve("run.json"), ReportSamples.completed(30, 1).toJson());
        System.clearProperty("aws.region");
        assertThat(plainly(List.of(
                        "preflight", "--report", report.toString(), "--attest", "MONTHLY_REVIEW=done on the 2nd")))
                .satisfies(ended -> {
                    assertThat(ended.exit()).isEqualTo(Operate.DONE);
                    assertThat(ended.out()).contains("said by hand: done on the 2nd", "UNKNOWN");
                });

        System.setProperty("aws.region", "us-east-1");
        Ended ended = operate(
                "preflight", "--environment", "test", "--function", "ingest", "--prices", PRICES, "--print-json");
        assertThat(ended.exit()).isEqualTo(Operate.CHECK_FAILED);
        assertThat(ended.out()).contains("\"item\" : \"DASHBOARD\"", "\"status\" : \"FAIL\"");
        assertNothingWritten();
    }

    @ParameterizedTest
    @CsvSource({
        "'deploy', '''deploy'' is no command'",
        "'monitor', '--environment is needed'",
        "'monitor --environment', '--environment needs a value'",
        "'monitor --environment a --environment b', '--environment stands twice'",
        "'monitor --bucket a', '''--bucket'' is no option of this command'",
        "'monitor --environment a%b', 'environment was ''a%b'''",
        "'monitor --environment a --tag x', '--tag was ''x'' but it must be NAME=VALUE'",
        "'tune --prices ../docs/lambda-prices.json', '--function is needed'",
        "'tune --function f --prices ../docs/lambda-prices.json --sizes 1,x', '--sizes was ''1,x'''",
        "'tune --function f --prices ../docs/lambda-prices.json --strategy best', '--strategy was ''best'''",
        "'tune --function f --prices ../docs/lambda-prices.json --invocations 1', 'invocations was 1'",
        "'configure --function f', 'nothing is to be configured'",
        "'configure --function f --ready 2', '--alias is needed'",
        "'configure --function f --records 1 --memory 2', 'exclude each other'",
        "'cost --function f --prices ../docs/lambda-prices.json --days 0', '--days was 0'",
        "'storage --bucket b --endpoint ftp://x', '--endpoint must be an address'",
        "'preflight --attest NOTHING=x', '--attest was for ''NOTHING'''",
    })
    void whatCannotBeIsBadUsage(String arguments, String told) {
        Ended ended = plainly(List.of(arguments.split(" ")));

        assertThat(ended.err()).startsWith("operate: ").contains(told).hasLineCount(1);
        assertThat(ended.exit()).isEqualTo(Operate.BAD_USAGE);
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void whatFailsIsToldInOneLineWithoutTheTextsOfTheService() {
        stub.refuseNext("GetFunctionConfiguration", 403, "AccessDeniedException");
        Ended refused = operate("configure", "--function", "ingest", "--memory", "2048");
        assertThat(refused.err())
                .isEqualToIgnoringNewLines(
                        "operate: Lambda answered HTTP 403 AccessDeniedException; check names, region"
                                + " and what the credentials allow");
        assertThat(refused.exit()).isEqualTo(Operate.FAILED);

        Ended missing = operate("tune", "--function", "ingest", "--prices", "none.json");
        assertThat(missing.err()).startsWith("operate: price book none.json: ").hasLineCount(1);
        assertThat(missing.exit()).isEqualTo(Operate.FAILED);
    }

    @Test
    void helpNamesEveryOption() throws IOException {
        String help = plainly(List.of("--help")).out();
        for (OperateCommand command : List.of(
                new MonitorCommand(),
                new TuneCommand(),
                new ConfigureCommand(),
                new CostCommand(),
                new StorageCommand(),
                new PreflightCommand())) {
            assertThat(help).contains(command.options());
        }
        assertThat(plainly(List.of()).exit()).isEqualTo(Operate.BAD_USAGE);
        Matcher option =
                Pattern.compile("(?<!-)--[a-z][a-z-]+").matcher(Files.readString(Path.of("../docs/operations.md")));
        while (option.find()) {
            assertThat(help).contains(option.group());
        }
    }
}
