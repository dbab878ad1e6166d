// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.MemoryMonitor;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Makes the pictures of {@code docs/report-*.png} anew: of a real run against an API that fails for a while. Its argument
 * is the folder that they go to; the page itself is put beside them if there is a second argument, its name.
 */
final class ReportPicturesMain {

    private static final int KEYS = 20_000;
    private static final int ROWS = 250_000;
    private static final int PHONE = 390;
    private static final int DESK = 1400;

    private ReportPicturesMain() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path docs = Path.of(args[0]);
        Path folder = Files.createTempDirectory("report-pictures");
        Path page = args.length > 1 ? docs.resolve(args[1]) : folder.resolve("report.html");
        Files.writeString(page, run(folder).toHtml());
        Path program = Chromium.installed().orElseThrow(() -> new IOException("no Chromium is installed"));
        try (Chromium browser = Chromium.start(program, folder.resolve("profile"))) {
            take(browser, page, PHONE, false, docs.resolve("report-390.png"));
            take(browser, page, DESK, false, docs.resolve("report-1400.png"));
        }
    }

    private static RunReport run(Path folder) throws IOException, InterruptedException {
        SampleData data = new SampleData(KEYS);
        Path catalog = folder.resolve("catalog.csv");
        Path participants = folder.resolve("participants.csv");
        data.writeCatalog(catalog);
        data.writeParticipants(participants, ROWS);
        try (MoodyApi api = MoodyApi.failing(Duration.ofSeconds(6), Duration.ofSeconds(9));
                HttpDelivery<JsonRecord> delivery = HttpDelivery.to(api.uri()).build()) {
            return Pipeline.from(ByteSource.file(participants))
                    .parse(CsvParser.withHeader())
                    .enrich(CCTsEnricher.lookingUp(
                            "cct", CCTsCache.auto(ByteSource.file(catalog)).build()))
                    .batch(BatchSizing.adaptive(10, 100, 500))
                    .deliver(delivery)
                    .circuitBreaker(CircuitBreaker.builder()
                            .openTime(Duration.ofMillis(1500))
                            .build())
                    .memory(MemoryMonitor.ofDefaults())
                    .rejects(RejectedRecords.csv(folder.resolve("rejects.csv")))
                    .build()
                    .run();
        }
    }

    private static void take(Chromium browser, Path page, int width, boolean dark, Path file)
            throws IOException, InterruptedException {
        browser.show(width, 900, dark);
        browser.open(page);
        if (!(browser.evaluate("document.documentElement.scrollHeight") instanceof Number height)) {
            throw new IOException("the page has no height");
        }
        Files.write(file, browser.picture(0, 0, width, height.doubleValue(), 1));
    }
}
