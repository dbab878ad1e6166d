// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A destination that was out of order for a while is used as before soon after, with the defaults of everything. */
class OutageRecoveryTest {

    private static final int ROWS = 40_000;
    private static final int BATCH = 20;
    private static final int RUNS = 3;

    /** Ten at once, each for 45 ms on the mean, as long as all goes well. */
    private static final double IDEAL = ROWS / BATCH * 0.045 / 10;

    /**
     * Answers after 30 to 60 ms, one in so many with a refusal; and with nothing but refusals for some seconds.
     *
     * @param breaker how long the breaker is open
     */
    private static double seconds(int refusesOneIn, double from, double until, Duration breaker) {
        VirtualScheduler time = new VirtualScheduler();
        StringBuilder csv = new StringBuilder("id\n");
        for (int i = 0; i < ROWS; i++) {
            csv.append(i).append('\n');
        }
        SplittableRandom random = new SplittableRandom(7);
        RunReport report = Pipeline.from(new TextSource(csv.toString()))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(BATCH))
                .deliver(batch -> {
                    double now = time.nanoTime() / 1e9;
                    boolean broken = now >= from && now < until;
                    DeliveryOutcome outcome = broken || random.nextInt(refusesOneIn) == 0
                            ? new DeliveryOutcome.Retry("http-503", null, true, true)
                            : DeliveryOutcome.delivered();
                    CompletableFuture<DeliveryOutcome> later = new CompletableFuture<>();
                    var unused = time.schedule(
                            () -> later.complete(outcome), Duration.ofMillis(broken ? 5 : 30 + random.nextInt(30)));
                    return later;
                })
                .circuitBreaker(CircuitBreaker.builder()
                        .openTime(breaker)
                        .scheduler(time)
                        .build())
                .rejects(RejectedRecords.counting())
                .scheduler(time)
                .build()
                .run();
        assertThat(report.delivered()).isEqualTo(ROWS);
        return report.seconds();
    }

    @ParameterizedTest
    @CsvSource({
        "200, 4, 12, PT5S",
        "1000000, 4, 12, PT5S",
        "200, 4, 7, PT1.5S",
        "1000000, 4, 7, PT1.5S",
        "200, 4, 60, PT30S",
        "1000000, 4, 60, PT30S",
        "200, 0, 10, PT5S",
    })
    void itCostsLittleMoreThanTheOutageAndOneOpenPeriod(int refusesOneIn, double from, double until, Duration breaker) {
        double median = IntStream.range(0, RUNS)
                .mapToDouble(i -> seconds(refusesOneIn, from, until, breaker))
                .sorted()
                .toArray()[RUNS / 2];

        assertThat(median - (until - from))
                .as("beyond the outage; %.1f s at ten at once all the time", IDEAL)
                .isLessThan(1.5 * IDEAL + 1.2 * breaker.toMillis() / 1e3);
    }
}
