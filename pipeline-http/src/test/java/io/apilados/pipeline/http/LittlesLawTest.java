// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.testing.ChaosApiProcess;
import io.apilados.pipeline.http.testing.ChaosBooks;
import io.apilados.pipeline.http.testing.ChaosPlan;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.GeneratedSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * With as much in flight as the API has workers, these hardly ever stand idle: Little's law allows {@code workers / time
 * in work} answers a second, so the share of what it allows is the share of the time in which a worker is at work. The
 * API, in another process, measures both with its own clock: a worker that takes longer because the machine is busy is at
 * work for longer, too, and that costs nothing. Only what lies between an answer and the next request counts.
 *
 * <p>On a busy machine much of that is waiting for a processor, which can only lengthen it. So there are several rounds,
 * and the best one counts: noise never makes a share that is too small large enough.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
@Tag("slow") // On a machine that others use as well, a share of its processors is a matter of luck.
class LittlesLawTest {

    private static final int WORKERS = 10;
    private static final Duration IN_WORK = Duration.ofMillis(20);
    private static final int REQUESTS = 1_500;
    private static final int RECORDS = 20;
    private static final int ROUNDS = 8;
    private static final double SHARE = 0.95;

    private static ChaosApiProcess api;

    @BeforeAll
    static void start() throws IOException {
        api = ChaosApiProcess.start();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void fixedConcurrencyKeepsTheWorkersBusyFromTheSecondSecondOn() throws IOException {
        assertKeepsTheWorkersBusy(() -> ConcurrencyController.fixed(WORKERS));
    }

    @Test
    void adaptiveConcurrencyKeepsTheWorkersBusyFromTheSecondSecondOn() throws IOException {
        assertKeepsTheWorkersBusy(ConcurrencyController::ofDefaults);
    }

    private static void assertKeepsTheWorkersBusy(Supplier<ConcurrencyController> concurrency) throws IOException {
        double best = 0;
        for (int i = 0; i < ROUNDS && best < SHARE; i++) {
            api.play(ChaosPlan.calm().withWorkers(WORKERS, IN_WORK));
            runPipeline(concurrency.get());
            best = Math.max(best, share(api.books().seconds()));
        }
        assertThat(best).isGreaterThanOrEqualTo(SHARE);
    }

    /** Of the time from the second second to the last full one, the share in which a worker was at work. */
    private static double share(List<ChaosBooks.Second> seconds) {
        return seconds.subList(1, seconds.size() - 1).stream()
                        .mapToLong(ChaosBooks.Second::busyNanos)
                        .average()
                        .orElseThrow()
                / TimeUnit.SECONDS.toNanos(WORKERS);
    }

    private static void runPipeline(ConcurrencyController concurrency) {
        try (HttpDelivery<JsonRecord> delivery =
                HttpDelivery.to(api.uri()).maxConnections(WORKERS).build()) {
            RunReport report = Pipeline.from(new GeneratedSource((long) REQUESTS * RECORDS))
                    .parse(CsvParser.withHeader())
                    .enrich(LittlesLawTest::json)
                    .batch(BatchSizing.fixed(RECORDS))
                    .deliver(delivery)
                    .concurrency(concurrency)
                    .build()
                    .run();
            assertThat(report.delivered()).isEqualTo((long) REQUESTS * RECORDS);
        }
    }

    private static JsonRecord json(CsvRow row) {
        return JsonRecord.ofUtf8(("{\"id\":\"" + row.text(0) + "\"}").getBytes(StandardCharsets.UTF_8));
    }
}
