// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Pressure;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.ReportSamples;
import io.apilados.pipeline.testing.TextSource;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {

    private final AtomicReference<Progress> now = new AtomicReference<>(progress(0, 1000, 0));
    private final List<String> lines = new ArrayList<>();
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    private static Progress progress(long settled, long size, int seconds) {
        return progress(settled, size, seconds, CircuitBreaker.State.CLOSED);
    }

    private static Progress progress(long settled, long size, int seconds, CircuitBreaker.State breaker) {
        return new Progress(
                1000,
                30L * seconds,
                7,
                0,
                12,
                3,
                4,
                100,
                10,
                breaker,
                Pressure.NONE,
                settled,
                settled,
                size,
                Duration.ofSeconds(seconds));
    }

    private RunStart start(long size) {
        return new RunStart("a.csv", size, Map.of(), now::get, () -> null);
    }

    private ProgressDisplay onScreen(int columns) {
        return ProgressDisplay.builder()
                .terminal(new PrintStream(screen, true, StandardCharsets.US_ASCII))
                .charset(StandardCharsets.US_ASCII)
                .columns(columns)
                .build();
    }

    private void showFor(ProgressDisplay display, int seconds, int of) {
        for (int second = 0; second <= seconds; second++) {
            now.set(progress(1000L * second / of, 1000, second));
            display.show();
        }
    }

    @Test
    void showsRateTimeLeftFromBytesAndTrouble() {
        ProgressDisplay display = onScreen(160);
        display.runStarted(start(1000));
        showFor(display, 30, 120);
        display.runEnded(ReportSamples.completed(30, 1));

        String[] drawn = screen.toString(StandardCharsets.US_ASCII).split("\r\u001b\\[K", -1);
        assertThat(drawn[drawn.length - 2])
                .isEqualTo("[######..................]  25% 900 delivered, 30 records/s, 0:01:30 left, 7 rejected,"
                        + " 4 in flight, batches of 100, 3 retries");
        assertThat(drawn[drawn.length - 1]).as("nothing stays").isEmpty();
    }

    @Test
    void neverWrapsHoweverNarrowTheTerminalIs() {
        for (int columns = 20; columns <= 200; columns++) {
            screen.reset();
            ProgressDisplay display = onScreen(columns);
            display.runStarted(start(1000));
            showFor(display, 30, 120);
            now.set(progress(300, 1000, 40, CircuitBreaker.State.OPEN));
            display.show();
            display.runEnded(ReportSamples.completed(30, 1));
            for (String drawn : screen.toString(StandardCharsets.US_ASCII).split("\r\u001b\\[K", -1)) {
                assertThat(drawn.length()).as(drawn).isLessThan(columns);
                assertThat(drawn).doesNotContain("\n");
            }
            assertThat(screen.toString(StandardCharsets.US_ASCII)).contains("delivered");
        }
    }

    @Test
    void thePercentageNeverGoesBack() {
        ProgressLine line = new ProgressLine(1000, false);
        line.look(progress(500, 1000, 10));
        Progress behind = progress(400, 1000, 11);
        line.look(behind);
        assertThat(line.plain(behind)).startsWith(" 50% ");
    }

    @Test
    void saysNothingOfPercentAndTimeLeftWhereTheSizeIsNotKnown() {
        ProgressLine line = new ProgressLine(-1, false);
        for (int second = 0; second < 60; second++) {
            line.look(progress(500L * second, -1, second));
        }
        assertThat(line.plain(progress(500, -1, 60)))
                .doesNotContain("left")
                .doesNotContain("%")
                .startsWith("1,800 delivered");
    }

    @Test
    void drawsWithBlocksWhereTheyCanBeShown() {
        ProgressLine line = new ProgressLine(1000, true);
        line.look(progress(500, 1000, 10));
        assertThat(line.fitted(progress(500, 1000, 10), 150))
                .startsWith("[" + "\u2588".repeat(12) + "\u2591".repeat(12));
    }

    @Test
    void plainLinesComeEveryTenSecondsOrTenPercentAndWithTheTotalAtTheEnd() {
        ProgressDisplay display = ProgressDisplay.builder().lines(lines::add).build();
        display.runStarted(start(1000));
        showFor(display, 25, 1000);
        assertThat(lines).hasSize(2);
        for (int i = 0; i < 9; i++) {
            now.set(progress(100L * (i + 1), 1000, 26 + i));
            display.show();
        }
        assertThat(lines).hasSize(10);
        RunReport report = ReportSamples.completed(60, 1);
        display.runEnded(report);
        assertThat(lines.get(10))
                .startsWith("COMPLETED: ")
                .contains(" rejected in 60.0 s, ")
                .endsWith(" records/s");
    }

    @Test
    void aShortRunSaysNothing() {
        ProgressDisplay display = ProgressDisplay.builder().lines(lines::add).build();
        display.runStarted(start(1000));
        now.set(progress(1000, 1000, 1));
        display.show();
        display.runEnded(ReportSamples.completed(1, 1));
        assertThat(lines).isEmpty();
    }

    @Test
    void drawsByItselfWhileARunIsUnderWayAndItsThreadEndsWithTheRun() throws Exception {
        CountDownLatch drawn = new CountDownLatch(2);
        PrintStream counting = new PrintStream(screen, true, StandardCharsets.US_ASCII) {
            @Override
            public void flush() {
                super.flush();
                drawn.countDown();
            }
        };
        CompletableFuture<DeliveryOutcome> held = new CompletableFuture<>();
        BatchDelivery<String> delivery = batch -> held;
        PipelineRun run = Pipeline.from(new TextSource("id\n1\n2\n"))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(delivery)
                .listener(ProgressDisplay.builder().terminal(counting).build())
                .build()
                .start();
        drawn.await();
        Thread drawing = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("pipeline-progress"))
                .findFirst()
                .orElseThrow();
        held.complete(DeliveryOutcome.delivered());
        assertThat(run.await().delivered()).isEqualTo(2);
        drawing.join(10_000);
        assertThat(drawing.isAlive()).isFalse();
    }

    @Test
    void refusesATerminalThatIsNone() {
        assertThatThrownBy(() -> ProgressDisplay.builder().columns(19))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("columns was 19 but it must be 20 or more");
    }

    @Test
    void aRunThatIsTakenUpIsReckonedFromWhereItGoesOn() {
        ProgressDisplay display = onScreen(160);
        display.runStarted(start(100_000));
        now.set(counted(0, 0, -1, 0));
        display.show();
        for (int second = 1; second <= 40; second++) {
            now.set(counted(10_000_000 + 500L * second, 50_000 + 250L * second, 100_000, second));
            display.show();
        }

        String[] drawn = screen.toString(StandardCharsets.US_ASCII).split("\r\u001b\\[K", -1);
        assertThat(drawn[drawn.length - 1]).contains("500 records/s").contains("0:02:40 left");
        for (String line : drawn) {
            assertThat(line).doesNotContain("0:00:0");
        }
    }

    private static Progress counted(long delivered, long settled, long size, int seconds) {
        return new Progress(
                delivered,
                delivered,
                0,
                0,
                12,
                0,
                4,
                100,
                10,
                CircuitBreaker.State.CLOSED,
                Pressure.NONE,
                settled,
                settled,
                size,
                Duration.ofSeconds(seconds));
    }
}
