// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.Segment;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private final VirtualScheduler time = new VirtualScheduler();

    private Ledger ledger(PipelineListener listener) {
        PipelineBuilder<String> builder = Pipeline.from(new TextSource("id\n1\n"))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered()))
                .rejects(RejectedRecords.counting())
                .listener(listener)
                .scheduler(time);
        RunState state = new RunState(time);
        Checkpoint anew = Checkpoint.start("none", SourcePosition.START);
        PipelineSettings<String> settings = new PipelineSettings<>(builder);
        return new Ledger(
                settings,
                settings.listener(),
                new CheckpointKeeper(null, anew, time, state),
                state,
                SourcePosition.START);
    }

    private static Segment withRejected(int records) {
        Segment segment = new Segment(SourcePosition.START);
        for (int i = 0; i < records; i++) {
            segment.addRejected(
                    new RejectedRecord(new SourcePosition(i, i + 1, i + 1), "parse", "bad", "it is bad", new byte[0]));
        }
        return segment;
    }

    /** The reader asks while it holds the lock of the signal that is raised under the ledger's. */
    @Test
    void whetherThereIsRoomIsToldWhileTheBooksAreLocked() {
        List<Boolean> told = new ArrayList<>();
        Ledger[] ledger = new Ledger[1];
        ledger[0] = ledger(new PipelineListener() {
            @Override
            public void recordRejected(RejectedRecord record) {
                told.add(CompletableFuture.supplyAsync(ledger[0]::hasRoom)
                        .orTimeout(10, TimeUnit.SECONDS)
                        .join());
            }
        });

        ledger[0].enter(withRejected(1));

        assertThat(told).containsExactly(true);
    }

    @Test
    void recordsThatTheDestinationRejectsTakeRoomUntilTheyArePassed() {
        Ledger ledger = ledger(new PipelineListener() {});
        Segment stuck = new Segment(SourcePosition.START);
        stuck.addOpen(0);
        Segment behind = new Segment(SourcePosition.START);
        for (int i = 0; i < 30_000; i++) {
            behind.addOpen(i);
        }
        ledger.enter(stuck);
        ledger.enter(behind);
        assertThat(ledger.hasRoom()).isTrue();

        for (RejectedRecord record : withRejected(30_000).rejected()) {
            ledger.rejected(behind, record);
        }
        assertThat(ledger.hasRoom()).isFalse();

        ledger.delivered(stuck, 1);
        assertThat(ledger.hasRoom()).isTrue();
    }
}
