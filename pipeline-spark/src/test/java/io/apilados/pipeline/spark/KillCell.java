// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.report.SplitJobReport;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One fault on the way of a job, and what it may cost. */
final class KillCell {

    private KillCell() {}

    /**
     * Runs a job whose second split meets a fault.
     *
     * @param batch which batch of the split meets it, from 0; the last one if there are fewer
     * @param pace a checkpoint after so many batches; 0 for none
     */
    static void run(
            SparkDriver driver, LedgerApi api, SampleRows rows, TestJob job, TestJob.Kind kind, int batch, int pace)
            throws IOException {
        SplitPlan plan = LocalSplits.plan(job);
        Split split = plan.splits().get(1);
        long batches = (split.records() + job.batch() - 1) / job.batch();
        long at = Math.min(batch, batches - 1);
        Path marker = Path.of(job.store()).resolveSibling("marker-" + kind + "-" + batch + "-" + pace);
        SplitJobReport report = driver.run(job.paced(
                        pace == 0 ? CheckpointPace.NONE : CheckpointPace.everyBatches(pace))
                .with(new TestJob.Fault(kind, split.start().recordNumber() + at * job.batch(), marker.toString())));
        assertThat(marker).as("the fault happened").exists();
        Files.delete(marker);
        assertThat(report.delivered()).isEqualTo(rows.deliverable());
        // A task that fails by itself saves its checkpoint on its way out, whatever the pace; one that is killed does
        // not.
        long most = kind == TestJob.Kind.THROW ? 1 : pace == 0 ? at + 1 : Math.min(pace, at) + 1;
        assertThat(api.resent()).isBetween(1L, most);
    }
}
