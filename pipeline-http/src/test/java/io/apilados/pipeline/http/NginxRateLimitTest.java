// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.testing.ChaosApiProcess;
import io.apilados.pipeline.http.testing.ChaosPlan;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.GeneratedSource;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pipeline with its defaults behind an nginx that limits the rate, of which it was told nothing. nginx's own log says
 * how often it refused.
 */
@Tag("once")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class NginxRateLimitTest {

    private static final int RECORDS = 5;

    @TempDir
    Path folder;

    @Test
    void settlesJustUnderTheRateThatNginxAllows() throws IOException, InterruptedException {
        settles(100, 12, 4);
    }

    @Tag("slow")
    @Test
    void staysJustUnderTheRateThatNginxAllows() throws IOException, InterruptedException {
        settles(50, 90, 10);
    }

    private void settles(int perSecond, int seconds, int settlingSeconds) throws IOException, InterruptedException {
        assumeTrue(
                Nginx.isInstalled(),
                "skipped: there is no nginx in /usr/sbin or on the PATH; apt-get install nginx-light brings it");
        int requests = perSecond * seconds;
        try (ChaosApiProcess api = ChaosApiProcess.start();
                Nginx nginx = Nginx.limiting(perSecond, 5, api.port(), folder)) {
            api.play(ChaosPlan.calm());
            RunReport report = run(nginx.uri(), requests);
            assertThat(report.status()).as(report.toText()).isEqualTo(RunStatus.COMPLETED);
            assertThat(report.delivered()).isEqualTo((long) requests * RECORDS);
            assertThat(api.books().applied())
                    .hasSize(requests * RECORDS)
                    .allSatisfy((id, times) -> assertThat(times).isEqualTo(1));
            judge(nginx.log(), perSecond, settlingSeconds);
        }
    }

    private static RunReport run(URI uri, int requests) {
        try (HttpDelivery<JsonRecord> delivery = HttpDelivery.to(uri).build()) {
            return Pipeline.from(new GeneratedSource((long) requests * RECORDS))
                    .parse(CsvParser.withHeader())
                    .enrich(NginxRateLimitTest::json)
                    .batch(BatchSizing.fixed(RECORDS))
                    .deliver(delivery)
                    .build()
                    .run();
        }
    }

    private static JsonRecord json(CsvRow row) {
        return JsonRecord.ofUtf8(("{\"id\":\"" + row.text(0) + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    private static void judge(List<Nginx.Line> log, int perSecond, int settlingSeconds) {
        double began = log.get(0).seconds();
        List<Nginx.Line> settled = log.stream()
                .filter(line -> line.seconds() >= began + settlingSeconds)
                .toList();
        double lasted = settled.get(settled.size() - 1).seconds() - began - settlingSeconds;
        long refused = settled.stream().filter(Nginx.Line::isRefused).count();
        assertThat(refused / (double) settled.size()).as("refused once settled").isLessThanOrEqualTo(0.01);
        assertThat((settled.size() - refused) / lasted)
                .as("rate once settled")
                .isGreaterThanOrEqualTo(0.85 * perSecond);
    }
}
