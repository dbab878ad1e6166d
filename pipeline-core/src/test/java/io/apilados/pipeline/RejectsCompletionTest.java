// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A place for rejected records that has something to finish does so before the checkpoint says that all is done. */
class RejectsCompletionTest {

    private final MemoryCheckpointStore store = new MemoryCheckpointStore();
    private final VirtualScheduler time = new VirtualScheduler();
    private final List<String> calls = new ArrayList<>();
    private boolean failing;

    private final RejectedRecords rejects = new RejectedRecords() {
        @Override
        public void open(byte[] rawHeader, long mark) {
            calls.add("open " + mark);
        }

        @Override
        public void write(RejectedRecord record) {
            calls.add("write");
        }

        @Override
        public long sync() {
            return 0;
        }

        @Override
        public void complete() throws IOException {
            boolean saved = store.current().map(Checkpoint::complete).orElse(false);
            calls.add("complete, the checkpoint " + (saved ? "says it" : "does not say it yet"));
            if (failing) {
                throw new IOException("it cannot be finished");
            }
        }

        @Override
        public void close() {
            calls.add("close");
        }
    };

    private RunReport run(String csv) {
        return Pipeline.from(new TextSource(csv))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(batch -> CompletableFuture.completedFuture(
                        csv.contains("stop") ? DeliveryOutcome.stop("http-401", "no") : DeliveryOutcome.delivered()))
                .rejects(rejects)
                .checkpoint(store)
                .scheduler(time)
                .build()
                .run();
    }

    @Test
    void isFinishedOnceBeforeTheCheckpointSaysSo() {
        assertThat(run("id\n1\n2,too many\n").status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(calls).containsExactly("open 0", "write", "complete, the checkpoint does not say it yet", "close");
        assertThat(store.current().orElseThrow().complete()).isTrue();

        RunReport again = run("id\n1\n2,too many\n");
        assertThat(again.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(calls).as("there is nothing to do").hasSize(4);
    }

    @Test
    void isComeToAgainIfItFails() {
        failing = true;
        assertThatThrownBy(() -> run("id\n1\n"))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("it cannot be finished");
        assertThat(store.current().orElseThrow().complete()).isFalse();

        failing = false;
        assertThat(run("id\n1\n").status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(calls)
                .containsExactly(
                        "open 0",
                        "complete, the checkpoint does not say it yet",
                        "close",
                        "open 0",
                        "complete, the checkpoint does not say it yet",
                        "close");
    }

    @Test
    void isNotFinishedByARunThatStops() {
        assertThat(run("id\nstop\n").status()).isEqualTo(RunStatus.STOPPED);
        assertThat(calls).containsExactly("open 0", "close");
    }
}
