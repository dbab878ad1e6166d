// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.checkpoint.CheckpointPace;
import io.apilados.pipeline.source.SplitPlan;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A job for a {@link DriverMain}.
 *
 * @param csv the file
 * @param catalog the file of its catalog
 * @param store the folder of the splits' objects
 * @param api where batches go; empty for nowhere
 * @param splitBytes how long splits are
 * @param batch records in a batch
 * @param concurrency requests at once of an executor
 * @param pace of checkpoints
 * @param shares of a rate; null for none
 * @param fault what happens on the way; null for nothing
 * @param plan made before; null if the driver makes one
 */
record TestJob(
        String csv,
        String catalog,
        String store,
        String api,
        long splitBytes,
        int batch,
        int concurrency,
        CheckpointPace pace,
        @Nullable RequestShares shares,
        @Nullable Fault fault,
        @Nullable SplitPlan plan)
        implements Serializable {

    /** What befalls whoever has delivered a batch and not yet heard of it. */
    enum Kind {
        THROW,
        HALT
    }

    /**
     * One fault.
     *
     * @param kind of it
     * @param record the number of the first record of the batch
     * @param marker a file that is made when it happens, so that it happens once
     */
    record Fault(Kind kind, long record, String marker) implements Serializable {}

    TestJob(String csv, String catalog, String store, String api, long splitBytes) {
        this(csv, catalog, store, api, splitBytes, 100, 4, CheckpointPace.DEFAULT, null, null, null);
    }

    TestJob batches(int records, int requestsAtOnce) {
        return new TestJob(csv, catalog, store, api, splitBytes, records, requestsAtOnce, pace, shares, fault, plan);
    }

    TestJob paced(CheckpointPace other) {
        return new TestJob(csv, catalog, store, api, splitBytes, batch, concurrency, other, shares, fault, plan);
    }

    TestJob sharing(RequestShares other) {
        return new TestJob(csv, catalog, store, api, splitBytes, batch, concurrency, pace, other, fault, plan);
    }

    TestJob with(Fault other) {
        return new TestJob(csv, catalog, store, api, splitBytes, batch, concurrency, pace, shares, other, plan);
    }

    TestJob planned(SplitPlan made) {
        return new TestJob(csv, catalog, store, api, splitBytes, batch, concurrency, pace, shares, fault, made);
    }

    String toLine() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(this);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    static TestJob fromLine(String line) throws IOException, ClassNotFoundException {
        byte[] bytes = Base64.getDecoder().decode(line);
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return (TestJob) in.readObject();
        }
    }
}
