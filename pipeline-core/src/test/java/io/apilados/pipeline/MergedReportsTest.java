// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.Latencies;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What parts report adds up to what one run over the whole reports. */
class MergedReportsTest {

    private static final int ROWS = 40_000;
    private static final int PARTS = 4;

    /** Malformed ones, ones that are not wanted, and ones that the destination refuses once or for good. */
    private static String rows(int from, int to) {
        StringBuilder text = new StringBuilder("id,kind\n");
        for (int i = from; i < to; i++) {
            text.append(i).append(i % 97 == 5 ? ",x,too many\n" : i % 89 == 3 ? ",unwanted\n" : ",wanted\n");
        }
        return text.toString();
    }

    /** Each request takes as long as its first record says: from 5 to some hundred milliseconds, with a long tail. */
    private static Duration latency(String first, int attempt) {
        SplittableRandom random = new SplittableRandom(31L * first.hashCode() + attempt);
        double tail = random.nextInt(20) == 0 ? 10 : 1;
        return Duration.ofNanos((long) (tail * (5e6 + 30e6 * random.nextDouble())));
    }

    private static RunReport run(int from, int to) {
        VirtualScheduler time = new VirtualScheduler();
        Set<String> failed = new HashSet<>();
        return Pipeline.from(new TextSource(rows(from, to)))
                .parse(CsvParser.withHeader())
                .filter((CsvRow row) -> !row.text("kind").equals("unwanted"))
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(1))
                .deliver(batch -> {
                    String first = batch.record(0);
                    boolean again = !failed.add(first);
                    int number = Integer.parseInt(first);
                    DeliveryOutcome outcome = number % 1013 == 7 && !again
                            ? DeliveryOutcome.retry("http-500")
                            : number % 509 == 11
                                    ? DeliveryOutcome.refused("http-422", "the destination does not want it")
                                    : DeliveryOutcome.delivered();
                    CompletableFuture<DeliveryOutcome> later = new CompletableFuture<>();
                    var unused = time.schedule(() -> later.complete(outcome), latency(first, again ? 1 : 0));
                    return later;
                })
                .concurrency(ConcurrencyController.fixed(8))
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .build()
                .run();
    }

    @Test
    void fourPartsMergeToTheNumbersOfOneRunOverTheWhole() {
        RunReport whole = run(0, ROWS);
        List<RunReport> parts = new ArrayList<>();
        for (int i = 0; i < PARTS; i++) {
            parts.add(run(i * ROWS / PARTS, (i + 1) * ROWS / PARTS));
        }
        RunReport merged = parts.stream().reduce(RunReport::merge).orElseThrow();

        assertThat(whole.rejected()).isGreaterThan(400);
        assertThat(whole.filtered()).isGreaterThan(400);
        assertThat(whole.retries()).isGreaterThan(30);
        assertThat(merged.read()).isEqualTo(whole.read());
        assertThat(merged.delivered()).isEqualTo(whole.delivered());
        assertThat(merged.rejected()).isEqualTo(whole.rejected());
        assertThat(merged.filtered()).isEqualTo(whole.filtered());
        assertThat(merged.unsettled()).isZero();
        assertThat(merged.batches()).isEqualTo(whole.batches());
        assertThat(merged.requests()).isEqualTo(whole.requests());
        assertThat(merged.retries()).isEqualTo(whole.retries());
        assertThat(merged.isBalanced()).isTrue();
        assertThat(merged.rejectReasons()).hasSameSizeAs(whole.rejectReasons());
        for (int i = 0; i < whole.rejectReasons().size(); i++) {
            assertThat(merged.rejectReasons().get(i).count())
                    .isEqualTo(whole.rejectReasons().get(i).count());
        }
        assertThat(merged.latencies().count()).isEqualTo(whole.requests());
        for (double percent : new double[] {1, 25, 50, 75, 90, 95, 99, 99.9, 100}) {
            assertThat(ratio(merged.latencies(), whole.latencies(), percent))
                    .as("percentile " + percent)
                    .isBetween(0.99, 1.01);
        }
    }

    private static double ratio(Latencies one, Latencies other, double percent) {
        return (double) one.percentile(percent).toNanos()
                / other.percentile(percent).toNanos();
    }

    @Test
    void aReportThatWasWrittenDownMergesAsTheOneInMemory() throws Exception {
        RunReport one = run(0, 3000);
        RunReport other = run(3000, 5000);
        RunReport read = RunReport.fromJson(one.toJson()).merge(RunReport.fromJson(other.toJson()));
        assertThat(read).isEqualTo(one.merge(other));
    }
}
