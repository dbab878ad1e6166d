// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.testing.AwsStub;
import io.apilados.pipeline.aws.testing.LambdaStub;
import io.apilados.pipeline.aws.testing.LambdaStub.Invocation;
import io.apilados.pipeline.aws.testing.LambdaStub.LogFormat;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.lambda.LambdaClient;

@Tag("once")
@Timeout(300)
class LambdaTunerTest {

    private static final String FUNCTION = "ingest";
    private static final int MEMORY = 1000;

    @TempDir
    private Path notes;

    private final VirtualScheduler time = new VirtualScheduler();
    private AwsStub stub;
    private LambdaClient client;
    private LambdaStub.Function function;

    @BeforeEach
    void start() throws IOException {
        stub = AwsStub.start();
        client = stub.lambdaClient();
        function = stub.lambda().function(FUNCTION);
        function.memoryMb = MEMORY;
    }

    @AfterEach
    void stop() {
        client.close();
        stub.close();
    }

    private LambdaTuner.Builder tuner() {
        return LambdaTuner.of(client, FUNCTION, Prices.ofTheDocs(), notes).scheduler(time);
    }

    private void assertRestored() {
        assertThat(function.memoryMb).isEqualTo(MEMORY);
        assertThat(notes).isDirectoryNotContaining(file -> file.toString().endsWith(".json"));
    }

    @Test
    void findsTheRightSizeByAllStrategiesInNoiseAndRestoresTheMemory() throws Exception {
        assertRightSizes(3);
    }

    @Test
    @Tag("slow")
    void findsTheRightSizeByAllStrategiesWithManySeeds() throws Exception {
        assertRightSizes(200);
    }

    private void assertRightSizes(int seeds) throws Exception {
        for (int seed = 0; seed < seeds; seed++) {
            Curve curve = new Curve(seed);
            stub.lambda().behaves((f, payload) -> new Invocation(curve.within20Percent(f.memoryMb)));
            TuningResult result = tuner().invocations(20).build().tune();

            assertThat(result.by(TuningStrategy.COST).chosen().memoryMb()).isEqualTo(Curve.CHEAPEST);
            assertThat(result.by(TuningStrategy.SPEED).chosen().memoryMb()).isEqualTo(Curve.FASTEST);
            assertThat(result.by(TuningStrategy.BALANCED).chosen().memoryMb()).isEqualTo(Curve.BALANCED);
            assertRestored();
        }
        assertThat(function.memories()).startsWith(512, 768, 1024, 1536, 2048, 3008, MEMORY);
    }

    /** The choice itself, without requests: so many seeds that chance is out of the question. */
    @Test
    void theChoiceIsRightInNoiseOfTwentyPercentOverThousandsOfSeeds() {
        assertThat(wrong(2000, 10, Curve::within20Percent)).isLessThan(2000 / 100);
        assertThat(wrong(2000, 20, Curve::within20Percent)).isZero();
        // A standard deviation of a fifth, and one in twenty takes three times as long.
        assertThat(wrong(2000, 50, Curve::noisy)).isLessThan(2000 / 200);
    }

    private static long wrong(int seeds, int invocations, ToDoubleBiFunction<Curve, Integer> noise) {
        PriceBook prices = Prices.ofTheDocs();
        return IntStream.range(0, seeds)
                .filter(seed -> {
                    Curve curve = new Curve(seed);
                    List<MemoryTrial> trials = new ArrayList<>();
                    for (int size : Curve.MILLIS.keySet().stream().sorted().toList()) {
                        List<LambdaReport> reports = new ArrayList<>();
                        for (int i = 0; i < invocations; i++) {
                            double millis = noise.applyAsDouble(curve, size);
                            reports.add(new LambdaReport(millis, 0, 0, Math.ceil(millis), size, 100));
                        }
                        trials.add(MemoryTrial.of(size, 512, Processor.X86_64, prices, reports));
                    }
                    TuningResult result =
                            new TuningResult("f", java.time.Instant.EPOCH, TuningStrategy.COST, 0.5, "USD", trials);
                    boolean right = result.chosen().memoryMb() == Curve.CHEAPEST
                            && result.by(TuningStrategy.SPEED).chosen().memoryMb() == Curve.FASTEST
                            && result.by(TuningStrategy.BALANCED).chosen().memoryMb() == Curve.BALANCED;
                    return !right;
                })
                .count();
    }

    @Test
    void sizesWithinTheNoiseAreNamed() throws Exception {
        Curve curve = new Curve(7);
        stub.lambda().behaves((f, payload) -> new Invocation(curve.within20Percent(1536)));

        TuningResult result =
                tuner().sizes(1024, 1040).strategy(TuningStrategy.SPEED).build().tune();

        assertThat(result.rivals()).hasSize(1);
        assertThat(result.toText()).contains("may be as good: the difference is within the noise");
        assertThat(result.toHtml()).contains("may be as good");
    }

    @Test
    void theCostIsThatOfTimeAndMemoryByThePriceBook() throws Exception {
        stub.lambda().behaves((f, payload) -> new Invocation(1000));

        MemoryTrial trial = tuner().sizes(2048).invocations(3).build().tune().chosen();

        assertThat(trial.cost()).isEqualTo(2 * 0.0000166667 + 0.0000002);
        assertThat(trial.meanMillis()).isEqualTo(1000);
        assertThat(trial.relativeError()).isZero();
    }

    @Test
    void everyInvocationIsADryRunUnlessToldOtherwise() throws Exception {
        List<String> payloads = new ArrayList<>();
        stub.lambda().behaves((f, payload) -> {
            payloads.add(payload);
            return new Invocation(10, 0, 50, null, payload);
        });

        tuner().sizes(512)
                .invocations(3)
                .event("{\"key\":\"a.csv\",\"dryRun\":false}")
                .build()
                .tune();
        tuner().sizes(512)
                .invocations(3)
                .event("{\"key\":\"a.csv\"}")
                .deliveringForReal()
                .build()
                .tune();

        assertThat(payloads.subList(0, 3)).containsOnly("{\"key\":\"a.csv\",\"dryRun\":true}");
        assertThat(payloads.subList(3, 6)).containsOnly("{\"key\":\"a.csv\"}");
    }

    @Test
    void aFunctionThatDoesNotConfirmTheDryRunIsInvokedOnceAndNoMore() {
        stub.lambda().behaves((f, payload) -> new Invocation(10, 0, 50, null, "\"delivered 5000\""));

        assertThatThrownBy(() -> tuner().build().tune())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("invocation 1 with 512 MB: its answer has no \"dryRun\": true")
                .hasMessageNotContaining("5000");
        assertThat(stub.calls("Invoke")).hasSize(1);
        assertRestored();
    }

    @Test
    void anErrorOfTheFunctionEndsItAndRestores() {
        stub.lambda()
                .behaves((f, payload) -> f.memoryMb == 768
                        ? new Invocation(10, 0, 50, "Unhandled", "{\"errorMessage\":\"out of memory\"}")
                        : new Invocation(10));

        assertThatThrownBy(() -> tuner().build().tune())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("invocation 1 with 768 MB: it ended in an error (Unhandled)");
        assertRestored();
    }

    @Test
    void somebodyElseWhoChangesTheMemoryIsNoticed() {
        stub.lambda().behaves((f, payload) -> {
            f.memoryMb = 4096;
            return new Invocation(10);
        });

        assertThatThrownBy(() -> tuner().build().tune()).hasMessageContaining("it ran with 4096 MB");
        assertRestored();
    }

    @Test
    void readsJsonLogsToo() throws Exception {
        stub.lambda().logsAs(LogFormat.JSON);
        stub.lambda().behaves((f, payload) -> new Invocation(100, 400, 77, null, "{\"dryRun\":true}"));

        MemoryTrial trial = tuner().sizes(512).invocations(5).build().tune().chosen();

        assertThat(trial.meanMillis()).isEqualTo(500);
        assertThat(trial.maxMemoryUsedMb()).isEqualTo(77);
    }

    @Test
    void waitsForUpdatesAndForThoseOfOthers() throws Exception {
        function.pollsUntilUpdated = 7;
        client.updateFunctionConfiguration(r -> r.functionName(FUNCTION).timeout(60));

        tuner().sizes(512, 1024).invocations(3).build().tune();

        assertThat(function.memories()).containsExactly(512, 1024, MEMORY);
        assertThat(time.elapsed().toSeconds()).isGreaterThanOrEqualTo(20);
        function.pollsUntilUpdated = 0;
        assertRestored();
    }

    @Test
    void anUpdateThatNeverEndsEndsTheTuning() {
        function.pollsUntilUpdated = 100_000;

        assertThatThrownBy(() -> tuner().sizes(512).build().tune())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("an update was still under way after 5 min")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .extracting(Throwable::getMessage)
                        .asString()
                        .contains("could not be given its 1000 MB again", "tuning-ingest.json"));
    }

    @Test
    void throttlingAndFailuresAreRetried() throws Exception {
        stub.refuseNext("UpdateFunctionConfiguration", 429, "TooManyRequestsException");
        stub.refuseNext("Invoke", 429, "TooManyRequestsException");
        stub.refuseNext("GetFunctionConfiguration", 500, "ServiceException");

        TuningResult result = tuner().sizes(512).invocations(3).build().tune();

        assertThat(result.chosen().invocations()).isEqualTo(3);
        assertThat(stub.calls("Invoke")).extracting(AwsStub.Call::attempt).containsExactly(1, 2, 1, 1);
        assertRestored();
    }

    @Test
    void theResultIsReadBackFromItsJsonAndItsPageIsWellFormed() throws Exception {
        Curve curve = new Curve(3);
        stub.lambda().behaves((f, payload) -> new Invocation(curve.within20Percent(f.memoryMb)));
        TuningResult result = tuner().build().tune();

        assertThat(TuningResult.fromJson(result.toJson())).isEqualTo(result);
        assertThat(result.toText().lines())
                .hasSizeGreaterThanOrEqualTo(8)
                .anyMatch(line -> line.startsWith("*")
                        && line.contains("" + result.chosen().memoryMb()));
        String html = result.toHtml();
        assertThat(html).contains("<svg", "<polyline class=\"time\"").doesNotContain("<script", "http");
        String svg = html.substring(html.indexOf("<svg"), html.indexOf("</svg>") + 6);
        assertThat(DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
                        .getElementsByTagName("circle")
                        .getLength())
                .isEqualTo(12);
        assertThatThrownBy(() -> TuningResult.fromJson("{\"format\":1,\"trials\":[]}"))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aPlanAsksAndChangesNothing() {
        assertThat(tuner().sizes(512, 1024).build().plan())
                .hasSize(4)
                .contains("set 512 MB, then invoke 10 times as a dry run");
        assertThat(tuner().sizes(512).deliveringForReal().build().plan())
                .contains("set 512 MB, then invoke 10 times FOR REAL");
        assertThat(stub.calls()).isEmpty();
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> tuner().sizes(64)).withMessageContaining("[64]");
        assertThatIllegalArgumentException().isThrownBy(() -> tuner().invocations(2));
        assertThatIllegalArgumentException().isThrownBy(() -> tuner().costWeight(1.1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tuner().event("[1]"))
                .withMessageContaining("must be a JSON object");
    }
}
