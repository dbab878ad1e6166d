// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.enrich.UnknownKeys;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DryRunTest {

    @TempDir
    Path folder;

    private static String dirty(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder csv = new StringBuilder("id,cct,nota\n");
        for (int i = 0; i < 500; i++) {
            csv.append(
                    switch (random.nextInt(30)) {
                        case 0 -> i + ",01DPR0001V\n";
                        case 1 -> i + ",01DPR0001V,a,b\n";
                        case 2 -> i + ",01DPR0001V,\"open\n";
                        case 3 -> i + ",99XXX000" + random.nextInt(3) + "X,x\n";
                        case 4 -> i + ",,x\n";
                        case 5 -> ",01DPR0001V,x\n";
                        case 6 -> i + ",01DPR0001V,\"two\nlines\"\n";
                        case 7 -> i + ",01DPR0001V,\"a\"b\n";
                        case 8 -> i + ",01DPR0001V,drop\n";
                        case 9 -> "\n";
                        default -> i + ",01DPR0001V,\"x, y\"\n";
                    });
        }
        return csv.toString();
    }

    private PipelineBuilder<JsonRecord> pipeline(
            TextSource source, UnknownKeys ccts, ScriptedDelivery<JsonRecord> api, VirtualScheduler time) {
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .filter(row -> !row.text("nota").equals("drop"))
                .enrich(CCTsEnricher.lookingUp("cct", ccts).requiringId("id"))
                .batch(BatchSizing.fixed(50))
                .deliver(api)
                .rejects(RejectedRecords.csv(folder.resolve("rejects.csv")))
                .checkpoint(new MemoryCheckpointStore())
                .scheduler(time);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void countsExactlyWhatARealRunCounts(int seed) {
        CCTsCatalog catalog = CCTsCatalog.builder().put("01DPR0001V", 1).build();
        TextSource source = new TextSource(dirty(seed));
        VirtualScheduler time = new VirtualScheduler();
        ScriptedDelivery<JsonRecord> api = new ScriptedDelivery<>(time, batch -> Reply.of(DeliveryOutcome.delivered()));

        UnknownKeys dryKeys = new UnknownKeys(CCTsCache.preloaded(catalog));
        RunReport dry = pipeline(source, dryKeys, api, time).dryRun().build().run();
        assertThat(api.requests()).isEmpty();
        assertThat(folder.resolve("rejects.csv")).doesNotExist();

        UnknownKeys realKeys = new UnknownKeys(CCTsCache.preloaded(catalog));
        RunReport real = pipeline(source, realKeys, api, time).build().run();

        assertThat(real.rejected()).isPositive();
        assertThat(dry.read()).isEqualTo(real.read());
        assertThat(dry.delivered()).isEqualTo(real.delivered());
        assertThat(dry.filtered()).isEqualTo(real.filtered());
        assertThat(dry.rejected()).isEqualTo(real.rejected());
        assertThat(dry.batches()).isEqualTo(real.batches());
        assertThat(dry.rejectReasons()).isEqualTo(real.rejectReasons());
        assertThat(dryKeys.top(10)).isEqualTo(realKeys.top(10)).isNotEmpty();
    }
}
