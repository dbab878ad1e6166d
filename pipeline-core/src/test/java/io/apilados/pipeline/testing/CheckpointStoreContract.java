// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.checkpoint.Counters;
import io.apilados.pipeline.checkpoint.LeaseHeldException;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.checkpoint.SettledBatch;
import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every {@link CheckpointStore} does. */
public abstract class CheckpointStoreContract {

    private static final String LOCATION = "s3://bucket/año 2026/participants.csv";

    /** A checkpoint with something in every place. */
    protected static final Checkpoint FULL = new Checkpoint(
            "0123456789abcdef",
            new SourcePosition(9_120_331, 48_213, 50_001),
            false,
            new Counters(48_212, 48_000, 200, 12, 3, 480, 500, 20),
            77_123,
            List.of(new RejectReason("parse", "too-few-fields", "expected 2 fields, got \"1\"", 200, List.of(7L, 9L))),
            List.of(new PlannedSize(48_213, 50_000, new BatchLimit(100, Long.MAX_VALUE))),
            List.of(new SettledBatch(
                    48_413, -4_841_300, 99, List.of(new Refusal(9_130_000, "http-422", "línea\nmala")))));

    /** A store over what is there; each call may give another object over the same place. */
    protected abstract CheckpointStore store() throws IOException;

    @Test
    void hasNothingBeforeTheFirstIsSaved() throws IOException {
        try (CheckpointLease lease = store().acquire(LOCATION)) {
            assertThat(lease.load()).isEmpty();
        }
    }

    @Test
    void givesBackWhatWasSaved() throws IOException {
        try (CheckpointLease lease = store().acquire(LOCATION)) {
            lease.save(Checkpoint.start("before", SourcePosition.START));
            lease.save(FULL);
        }
        try (CheckpointLease lease = store().acquire(LOCATION)) {
            assertThat(lease.load()).contains(FULL);
        }
    }

    @Test
    void plansAreThereAfterwards() throws IOException {
        PlannedSize next = new PlannedSize(50_000, 60_000, new BatchLimit(141, 1 << 20));
        try (CheckpointLease lease = store().acquire(LOCATION)) {
            lease.save(FULL);
            lease.plan(next);
        }
        try (CheckpointLease lease = store().acquire(LOCATION)) {
            assertThat(lease.load().orElseThrow().sizes())
                    .containsExactly(FULL.sizes().get(0), next);
        }
    }

    @Test
    void savingForgetsWhatWasNotedBefore() throws IOException {
        try (CheckpointLease lease = store().acquire(LOCATION)) {
            lease.save(FULL);
            lease.plan(new PlannedSize(50_000, 60_000, new BatchLimit(141, 1 << 20)));
            lease.settled(new SettledBatch(50_000, 5_000_000, 141, List.of()));
            lease.save(FULL);
        }
        try (CheckpointLease lease = store().acquire(LOCATION)) {
            assertThat(lease.load()).contains(FULL);
        }
    }

    @Test
    void oneRunAtATimeHasTheLease() throws IOException {
        CheckpointStore store = store();
        try (CheckpointLease held = store.acquire(LOCATION)) {
            assertThat(held.load()).isEmpty();
            assertThatThrownBy(() -> store.acquire(LOCATION))
                    .isInstanceOf(LeaseHeldException.class)
                    .hasMessageContaining(LOCATION)
                    .hasMessageContaining("another run of it is under way");
        }
        store.acquire(LOCATION).close();
    }

    @Test
    void sourcesDoNotMeet() throws IOException {
        CheckpointStore store = store();
        try (CheckpointLease one = store.acquire("/a/participants.csv");
                CheckpointLease other = store.acquire("/b/participants.csv")) {
            one.save(FULL);
            assertThat(other.load()).isEmpty();
        }
    }
}
