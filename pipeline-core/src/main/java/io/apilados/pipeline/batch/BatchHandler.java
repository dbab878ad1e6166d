// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.control.Scheduler;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Takes each batch as it is cut.
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface BatchHandler<T> {

    /**
     * Takes a batch. Blocks while there is no room for it: that is the back-pressure which whoever submits records
     * feels.
     *
     * @return completes when every record of the batch is settled, or will not be; never exceptionally
     * @throws InterruptedException if the thread is interrupted while it waits for room; the batch is not taken
     */
    CompletionStage<BatchSample> handle(Batch<T> batch) throws InterruptedException;

    /**
     * A handler that sends each batch by {@code sender} and takes the time it takes, without any limit on how many are on
     * their way: for use without a pipeline, with a sender that has limits of its own.
     *
     * @param sender completes when the batch has arrived; when it fails, the time says nothing of the batch's size. It
     *     has to deal with the failure itself: nobody else is told
     */
    static <T> BatchHandler<T> sending(Function<? super Batch<T>, ? extends CompletionStage<?>> sender) {
        Objects.requireNonNull(sender, "sender");
        Scheduler clock = Scheduler.system();
        return batch -> {
            long startNanos = clock.nanoTime();
            return sender.apply(batch)
                    .handle((answer, failure) -> new BatchSample(
                            batch.size(),
                            batch.bytes(),
                            startNanos,
                            clock.nanoTime(),
                            failure == null ? BatchSample.Outcome.CLEAN : BatchSample.Outcome.DISTURBED));
        };
    }
}
