// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.Comparison;
import io.apilados.pipeline.report.Comparison.Verdict;
import io.apilados.pipeline.report.PerformanceReport;
import io.apilados.pipeline.testing.GeneratedSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Real runs on the machine's own clock, twenty comparisons of each kind; some two minutes. What it finds depends on what
 * else the machine does, so it is no part of the normal build.
 */
@Tag("slow")
class PerformanceTesterRealRunsTest {

    private static final int COMPARISONS = 20;
    private static final int ROWS = 300_000;

    private static Pipeline pipeline(double extra) {
        Slowdown slowdown = new Slowdown(extra);
        BatchDelivery<String> nowhere = new BatchDelivery<>() {
            @Override
            public CompletionStage<DeliveryOutcome> deliver(Batch<String> batch) {
                return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
            }
        };
        return Pipeline.from(new GeneratedSource(ROWS))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> {
                    slowdown.row();
                    return row.text(0);
                })
                .batch(BatchSizing.fixed(500))
                .deliver(nowhere)
                .build();
    }

    /** After every 500 rows keeps the reading thread busy for a share of the time that these took. */
    private static final class Slowdown {
        private final double share;
        private long since = System.nanoTime();
        private int rows;

        Slowdown(double share) {
            this.share = share;
        }

        void row() {
            if (++rows % 500 == 0 && share > 0) {
                long now = System.nanoTime();
                long until = now + (rows == 500 ? 0 : (long) (share * (now - since)));
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                since = System.nanoTime();
            }
        }
    }

    private static int found(Verdict wanted, Supplier<Comparison> comparison) {
        List<Comparison> all = new ArrayList<>();
        for (int i = 0; i < COMPARISONS; i++) {
            all.add(comparison.get());
        }
        all.forEach(one -> System.out.println(one.toText()));
        return (int) all.stream().filter(one -> one.verdict() == wanted).count();
    }

    @Test
    void interleavedRunsFindTenPercentAndCallEqualOnesEqualNineteenTimesOfTwenty() {
        PerformanceTester.builder().warmUp(50).runs(3).build().run(() -> pipeline(0.1));
        PerformanceTester tester = PerformanceTester.builder().build();

        assertThat(found(
                        Verdict.SLOWER,
                        () -> tester.runPaired(() -> pipeline(0), () -> pipeline(0.1))
                                .compare()))
                .isGreaterThanOrEqualTo(19);
        assertThat(found(
                        Verdict.NO_DIFFERENCE,
                        () -> tester.runPaired(() -> pipeline(0), () -> pipeline(0))
                                .compare()))
                .isGreaterThanOrEqualTo(19);
    }

    /** Prints how often it is right; a machine that others use makes it wrong more often, so little is asked. */
    @Test
    void aStoredBaselineFindsTenPercentMoreOftenThanNot() {
        PerformanceTester.builder().warmUp(50).runs(3).build().run(() -> pipeline(0.1));
        PerformanceTester tester = PerformanceTester.builder().build();

        PerformanceReport baseline = tester.run(() -> pipeline(0));
        int slower = found(Verdict.SLOWER, () -> tester.run(() -> pipeline(0.1)).compare(baseline));
        int equal =
                found(Verdict.NO_DIFFERENCE, () -> tester.run(() -> pipeline(0)).compare(baseline));

        System.out.println("stored baseline: " + slower + " of 20 slower, " + equal + " of 20 no different");
        assertThat(slower).isGreaterThan(COMPARISONS / 2);
    }
}
