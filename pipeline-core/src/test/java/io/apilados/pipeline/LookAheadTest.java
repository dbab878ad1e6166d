// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.Signal;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CatalogUnavailableException;
import io.apilados.pipeline.enrich.Enricher;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LookAheadTest {

    private final VirtualScheduler time = new VirtualScheduler();
    private final ScriptedDelivery<String> api =
            new ScriptedDelivery<>(time, batch -> Reply.of(DeliveryOutcome.delivered()));

    /** Wants to see 20 records at a time. */
    private static class Twenties implements Enricher<CsvRow, String> {
        final List<List<String>> chunks = new ArrayList<>();

        @Override
        public int chunk() {
            return 20;
        }

        @Override
        public void prepare(List<? extends CsvRow> rows) throws InterruptedException {
            chunks.add(rows.stream().map(row -> row.text("id")).toList());
        }

        @Override
        public String enrich(CsvRow row) {
            return row.text("id");
        }

        @Override
        public List<String> notes() {
            return List.of("asked " + chunks.size() + " times");
        }
    }

    private static List<String> ids(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
    }

    private static String rows(int count) {
        return "id\n" + String.join("\n", ids(1, count)) + "\n";
    }

    private PipelineBuilder<String> pipeline(ByteSource source, Enricher<CsvRow, String> enricher) {
        return Pipeline.from(source)
                .parse(CsvParser.withHeader())
                .filter((CsvRow row) -> !row.text("id").equals("7"))
                .enrich(enricher)
                .batch(BatchSizing.fixed(8))
                .deliver(api)
                .rejects(RejectedRecords.counting())
                .scheduler(time);
    }

    private List<String> delivered() {
        return api.requests().stream().map(Batch::records).flatMap(List::stream).toList();
    }

    @Test
    void showsEveryRecordOnceBeforeItIsEnriched() {
        Twenties enricher = new Twenties();

        RunReport report = pipeline(new TextSource(rows(50)), enricher).build().run();

        assertThat(report.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(enricher.chunks).containsExactly(ids(1, 20), ids(21, 40), ids(41, 50));
        assertThat(delivered()).hasSize(49).doesNotContain("7").containsAll(ids(8, 50));
        assertThat(report.notes()).containsExactly("asked 3 times");
    }

    @Test
    void malformedRecordsAmongThemAreRejectedAtTheirPlaces() {
        String csv = "id\n1\n2,x\n3\n\"4\n";

        RunReport report = pipeline(new TextSource(csv), new Twenties()).build().run();

        assertThat(report.read()).isEqualTo(4);
        assertThat(report.rejectReasons())
                .extracting(reason -> reason.code() + " " + reason.firstLines())
                .containsExactlyInAnyOrder("too-many-fields [3]", "broken-quote [5]");
        assertThat(delivered()).containsExactly("1", "3");
    }

    @Test
    void aCatalogThatCannotBeAskedStopsTheRunAndTheNextOneGoesOn() {
        MemoryCheckpointStore store = new MemoryCheckpointStore();
        Twenties failing = new Twenties() {
            @Override
            public void prepare(List<? extends CsvRow> rows) throws InterruptedException {
                super.prepare(rows);
                if (chunks.size() == 2) {
                    throw new CatalogUnavailableException("the catalog does not answer", new IOException("refused"));
                }
            }
        };
        TextSource source = new TextSource(rows(50));

        RunReport first = pipeline(source, failing).checkpoint(store).build().run();
        RunReport second =
                pipeline(source, new Twenties()).checkpoint(store).build().run();

        assertThat(first.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(first.endReason()).isEqualTo("the catalog does not answer");
        assertThat(first.read()).isEqualTo(20);
        assertThat(first.isBalanced()).isTrue();
        assertThat(second.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(second.read()).isEqualTo(50);
        assertThat(delivered()).doesNotHaveDuplicates().hasSize(49);
    }

    @Test
    void aDeadlineEndsTheWaitForACatalogAndTheThreadIsNotLeftInterrupted() {
        Enricher<CsvRow, String> silent = new Twenties() {
            @Override
            public void prepare(List<? extends CsvRow> rows) throws InterruptedException {
                time.await(new Signal(), () -> false);
            }
        };

        RunReport report = pipeline(new TextSource(rows(50)), silent)
                .deadline(Duration.ofSeconds(3))
                .build()
                .run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(report.endReason()).contains("deadline");
        assertThat(report.elapsed()).isLessThanOrEqualTo(Duration.ofSeconds(3));
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void aThreadThatIsInterruptedWhileItWaitsForACatalogStaysInterrupted() {
        Enricher<CsvRow, String> interrupting = new Twenties() {
            @Override
            public void prepare(List<? extends CsvRow> rows) throws InterruptedException {
                throw new InterruptedException("by someone else");
            }
        };

        RunReport report =
                pipeline(new TextSource(rows(50)), interrupting).build().run();

        assertThat(report.status()).isEqualTo(RunStatus.STOPPED);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void anEnricherThatStandsBehindAnotherIsNotShownRecordsAhead() {
        List<String> shown = new ArrayList<>();
        Enricher<String, String> second = new Enricher<>() {
            @Override
            public int chunk() {
                return 20;
            }

            @Override
            public void prepare(List<? extends String> records) {
                shown.addAll(records);
            }

            @Override
            public String enrich(String record) {
                return record + "!";
            }
        };

        RunReport report = Pipeline.from(new TextSource(rows(5)))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .enrich(second)
                .batch(BatchSizing.fixed(8))
                .deliver(api)
                .scheduler(time)
                .build()
                .run();

        assertThat(report.delivered()).isEqualTo(5);
        assertThat(shown).isEmpty();
        assertThat(delivered()).containsExactly("1!", "2!", "3!", "4!", "5!");
    }
}
