// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;

/** Delivers, and then fails for one batch once: it has arrived, and nobody here knows. */
record FaultyDelivery<T>(BatchDelivery<T> inner, TestJob.Fault fault) implements BatchDelivery<T> {

    @Override
    public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
        boolean fails = batch.position(0).recordNumber() == fault.record();
        CompletionStage<DeliveryOutcome> outcome = inner.deliver(batch);
        return fails ? outcome.thenApply(this::fail) : outcome;
    }

    private DeliveryOutcome fail(DeliveryOutcome outcome) {
        try {
            Files.createFile(Path.of(fault.marker()));
        } catch (FileAlreadyExistsException e) {
            return outcome;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        if (fault.kind() == TestJob.Kind.HALT) {
            Runtime.getRuntime().halt(137);
        }
        throw new IllegalStateException("the fault of the test");
    }

    @Override
    public boolean letsGoOfBatches() {
        return inner.letsGoOfBatches();
    }

    @Override
    public void close() {
        inner.close();
    }
}
