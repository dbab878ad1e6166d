// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.batch.RecordBytes;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.apilados.pipeline.testing.ForwardingCheckpointLease;
import io.apilados.pipeline.testing.MemoryCheckpointStore;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where code that is not ours throws while a record is at hand, that record is unsettled, and the next run delivers it. */
class RecordAtHandTest {

    private static final int ROWS = 1_000;

    private final VirtualScheduler time = new VirtualScheduler();
    private final MemoryCheckpointStore store = new MemoryCheckpointStore();
    private final List<String> delivered = new ArrayList<>();

    private PipelineBuilder<String> ids(CheckpointStore checkpoints) {
        StringBuilder csv = new StringBuilder("id\n");
        IntStream.rangeClosed(1, ROWS).forEach(id -> csv.append(id).append('\n'));
        return Pipeline.from(new TextSource(csv.toString()))
                .parse(CsvParser.withHeader())
                .enrich((CsvRow row) -> row.text("id"))
                .batch(BatchSizing.fixed(10))
                .deliver(batch -> {
                    delivered.addAll(batch.records());
                    return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
                })
                .checkpoint(checkpoints)
                .scheduler(time);
    }

    private void failsAndIsGoneOnWith(PipelineBuilder<String> failing) {
        PipelineException fault = catchThrowableOfType(PipelineException.class, failing.build()::run);
        assertThat(fault).isNotNull().hasRootCauseInstanceOf(IllegalStateException.class);
        RunReport first = fault.report();
        assertThat(first.delivered() + first.rejected() + first.filtered() + first.unsettled())
                .isEqualTo(first.read())
                .isLessThan(ROWS);
        assertThat(first.unsettled()).as("the record at hand, at least").isPositive();

        RunReport second = ids(store).build().run();

        assertThat(second.status()).isEqualTo(RunStatus.COMPLETED);
        assertThat(second.read()).isEqualTo(ROWS);
        assertThat(second.delivered()).isEqualTo(ROWS);
        assertThat(delivered)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.rangeClosed(1, ROWS).mapToObj(String::valueOf).toList());
    }

    /** The first record of a batch, with none before it; and later ones. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void isNotLostWhenTheSizeOfItsBatchCannotBePlanned(int plan) {
        failsAndIsGoneOnWith(ids(location -> new ThrowingLease(store.acquire(location), plan)));
    }

    /** In the middle of a batch, and where one begins. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "37", "41", "50"})
    void isNotLostWhenItCannotBeWeighed(String id) {
        RecordBytes<String> scales = (record, rawCsv) -> {
            if (record.equals(id)) {
                throw new IllegalStateException("the scales are out of order");
            }
            return 1;
        };
        failsAndIsGoneOnWith(ids(store).recordBytes(scales));
    }

    private static final class ThrowingLease extends ForwardingCheckpointLease {
        private int left;

        ThrowingLease(CheckpointLease lease, int failing) {
            super(lease);
            this.left = failing;
        }

        @Override
        public void plan(PlannedSize size) throws IOException {
            if (--left == 0) {
                throw new IllegalStateException("the plan is out of order");
            }
            super.plan(size);
        }
    }
}
