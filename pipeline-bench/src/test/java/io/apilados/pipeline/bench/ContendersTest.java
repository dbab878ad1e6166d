// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.bench.batch.BatchFormingBenchmark;
import io.apilados.pipeline.bench.checkpoint.LowWaterMarkBenchmark;
import io.apilados.pipeline.bench.control.BreakerBenchmark;
import io.apilados.pipeline.bench.control.PermitBenchmark;
import io.apilados.pipeline.bench.control.RateLimitBenchmark;
import io.apilados.pipeline.bench.enrich.CatalogLookupBenchmark;
import io.apilados.pipeline.bench.enrich.HotTierBenchmark;
import io.apilados.pipeline.bench.enrich.RowJsonBenchmark;
import io.apilados.pipeline.bench.ingest.peers.IngestBenchmark;
import io.apilados.pipeline.bench.parse.CsvParseBenchmark;
import io.apilados.pipeline.bench.parse.FieldTextBenchmark;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Everybody does the same work: what a benchmark checks when it sets itself up, for each of its contenders. */
class ContendersTest {

    @ParameterizedTest
    @EnumSource
    void everyParserFindsWhatWasWritten(CsvParseBenchmark.Parser parser) throws Exception {
        CsvParseBenchmark benchmark = new CsvParseBenchmark();
        benchmark.parser = parser;
        benchmark.setUp();
        assertThat(benchmark.row()).isEqualTo(benchmark.row());
    }

    @ParameterizedTest
    @EnumSource
    void everyDecoderMakesTheSameStrings(FieldTextBenchmark.Decoder decoder) throws Exception {
        FieldTextBenchmark ours = new FieldTextBenchmark();
        ours.charset = "windows-1252";
        ours.setUp();
        FieldTextBenchmark benchmark = new FieldTextBenchmark();
        benchmark.decoder = decoder;
        benchmark.setUp();
        assertThat(benchmark.field()).isEqualTo(ours.field());
    }

    @ParameterizedTest
    @EnumSource
    void everyTableFindsEveryKey(CatalogLookupBenchmark.Table table) {
        CatalogLookupBenchmark benchmark = new CatalogLookupBenchmark();
        benchmark.table = table;
        benchmark.keys = 1_000;
        benchmark.setUp();
        assertThat(benchmark.hit()).isBetween(0, 999);
    }

    @ParameterizedTest
    @EnumSource
    void everyTierHoldsEveryKey(HotTierBenchmark.Tier tier) {
        HotTierBenchmark benchmark = new HotTierBenchmark();
        benchmark.tier = tier;
        benchmark.setUp();
        assertThat(benchmark.hit()).isEqualTo(7);
    }

    @ParameterizedTest
    @EnumSource
    void everyEncoderWritesTheSameJson(RowJsonBenchmark.Encoder encoder) throws Exception {
        RowJsonBenchmark benchmark = new RowJsonBenchmark();
        benchmark.encoder = encoder;
        benchmark.setUp();
        assertThat(benchmark.row()).isGreaterThan(100_000);
    }

    @ParameterizedTest
    @EnumSource
    void everyRecordLeavesInABatch(BatchFormingBenchmark.Processor processor) throws Exception {
        BatchFormingBenchmark benchmark = new BatchFormingBenchmark();
        benchmark.processor = processor;
        benchmark.setUp();
        assertThat(benchmark.hundredRecords()).isBetween(19_500L, 20_000L);
    }

    @ParameterizedTest
    @EnumSource
    void nobodyIsRefusedAPermit(PermitBenchmark.Library library) {
        PermitBenchmark benchmark = new PermitBenchmark();
        benchmark.library = library;
        benchmark.setUp();
        assertThat(benchmark.uncontended()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void noBreakerIsOpen(BreakerBenchmark.Library library) {
        BreakerBenchmark benchmark = new BreakerBenchmark();
        benchmark.library = library;
        benchmark.setUp();
        assertThat(benchmark.uncontended()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void noRateIsExceeded(RateLimitBenchmark.Library library) {
        RateLimitBenchmark benchmark = new RateLimitBenchmark();
        benchmark.library = library;
        benchmark.setUp();
        assertThat(benchmark.uncontended()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void everybodyKnowsWhatIsSettled(LowWaterMarkBenchmark.Library library) {
        for (LowWaterMarkBenchmark.Order order : LowWaterMarkBenchmark.Order.values()) {
            LowWaterMarkBenchmark benchmark = new LowWaterMarkBenchmark();
            benchmark.library = library;
            benchmark.order = order;
            benchmark.setUp();
            LowWaterMarkBenchmark byHand = new LowWaterMarkBenchmark();
            byHand.library = LowWaterMarkBenchmark.Library.TREE_MAP;
            byHand.order = order;
            byHand.setUp();
            assertThat(benchmark.batch()).isEqualTo(byHand.batch());
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyJobDeliversAsMuchAndPutsTheRestAside(IngestBenchmark.Library library) throws Exception {
        IngestBenchmark benchmark = new IngestBenchmark();
        benchmark.library = library;
        benchmark.rows = 5_000;
        benchmark.setUp();
        long again = benchmark.file();
        benchmark.tearDown();
        assertThat(again).isBetween(4_900L, 4_999L);
    }
}
