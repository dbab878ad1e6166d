// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.Pressure;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.ScriptedMemoryMonitor;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MemoryGuardTest {

    private static final int ROWS = 5_000;

    private final VirtualScheduler time = new VirtualScheduler();
    private final ScriptedMemoryMonitor memory = new ScriptedMemoryMonitor();
    private final List<Sent> sent = new ArrayList<>();
    private int open;
    private final ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> {
        sent.add(new Sent(time.elapsed(), batch.size(), ++open));
        time.schedule(() -> open--, Duration.ofMillis(100));
        return Reply.of(DeliveryOutcome.delivered()).after(Duration.ofMillis(100));
    });
    private final TextSource source = new TextSource(
            IntStream.rangeClosed(1, ROWS).mapToObj(Integer::toString).collect(Collectors.joining("\n", "id\n", "\n")));

    private record Sent(Duration at, int records, int open) {}

    private PipelineBuilder<String> pipeline() {
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(40))
                .deliver(api)
                .concurrency(ConcurrencyController.fixed(8))
                .memory(memory)
                .scheduler(time);
    }

    private void press(Pressure level, Duration at) {
        time.schedule(() -> memory.press(level), at);
    }

    private List<Sent> sentBetween(int fromMillis, int toMillis) {
        return sent.stream()
                .filter(batch ->
                        batch.at().toMillis() >= fromMillis && batch.at().toMillis() < toMillis)
                .toList();
    }

    @Test
    void highPressureHalvesBatchesAndHowManyAreOpenUntilItFalls() {
        press(Pressure.HIGH, Duration.ofMillis(450));
        press(Pressure.NONE, Duration.ofMillis(1250));

        RunReport report = pipeline().build().run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(ROWS);
        assertThat(sentBetween(0, 450)).allMatch(batch -> batch.records() == 40);
        assertThat(sentBetween(600, 1250)).isNotEmpty().allMatch(batch -> batch.records() == 20 && batch.open() <= 4);
        assertThat(sentBetween(1400, 2000)).anyMatch(batch -> batch.records() == 40 && batch.open() == 8);
        assertThat(report.notes())
                .containsExactly("memory was short: high 1 times, critical 0 times; reading paused for 0.0 s");
    }

    @Test
    void criticalPressurePausesTheReadingUntilItFalls() {
        press(Pressure.CRITICAL, Duration.ofMillis(450));
        press(Pressure.NONE, Duration.ofMillis(20_450));

        RunReport report = pipeline().build().run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(report.delivered()).isEqualTo(ROWS);
        // The batch for which the reader was waiting when the pressure came is still handed over.
        assertThat(sentBetween(451, 20_450)).hasSizeLessThanOrEqualTo(1);
        assertThat(report.notes())
                .containsExactly("memory was short: high 0 times, critical 1 times; reading paused for 20.0 s");
    }

    @Test
    void pressureThatDoesNotFallWhileNothingIsReadStopsTheRunAndTheNextOneGoesOn() {
        MemoryCheckpointStore store = new MemoryCheckpointStore();
        press(Pressure.CRITICAL, Duration.ofMillis(450));

        RunReport first = pipeline().checkpoint(store).build().run();
        memory.press(Pressure.NONE);
        RunReport second = pipeline().checkpoint(store).build().run();

        assertThat(first.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(first.endReason()).startsWith("memory has been critical for 60 s although nothing was read");
        assertThat(first.isBalanced()).isTrue();
        assertThat(second.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(sent.stream().mapToInt(Sent::records).sum()).isEqualTo(ROWS);
    }

    @Test
    void aPausedRunStillKeepsItsDeadline() {
        press(Pressure.CRITICAL, Duration.ofMillis(450));

        RunReport report = pipeline().deadline(Duration.ofSeconds(5)).build().run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.elapsed()).isLessThanOrEqualTo(Duration.ofSeconds(5));
        assertThat(report.isBalanced()).isTrue();
    }

    @Test
    void pressureThatWasThereBeforeTheRunCountsAndTheMonitorIsLeftAsItWas() {
        memory.press(Pressure.HIGH);

        RunReport report = pipeline().build().run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(sent.get(1).records()).isEqualTo(20);
        assertThat(memory.listeners()).isZero();
        assertThat(memory.isClosed()).isFalse();
    }
}
