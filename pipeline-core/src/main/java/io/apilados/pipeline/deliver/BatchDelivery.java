// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Sends a batch to its destination, once: retrying, splitting and waiting is the pipeline's business. Safe for use by
 * many threads: several batches are on their way at once.
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface BatchDelivery<T> extends AutoCloseable {

    /**
     * Sends a batch. Does not block; what blocks belongs into {@link #blocking}.
     *
     * @return what became of it. A stage that fails with an {@link java.io.IOException} or a
     *     {@link java.util.concurrent.TimeoutException} means that nobody knows: the batch is sent again with the same
     *     key. Any other failure is taken for a fault in the delivery's own code and stops the run
     */
    CompletionStage<DeliveryOutcome> deliver(Batch<T> batch);

    /**
     * Sends a batch, as above, and tells {@code end} what became of it: once, on whatever thread, perhaps before this
     * returns. The pipeline asks for this, unless its attempts have a deadline. By default {@code end} follows from the
     * stage of {@link #deliver(Batch)}; a delivery that knows an outcome without a stage spares it by overriding both, and
     * one that delivers by another passes {@code end} on.
     *
     * @param end must neither block nor throw
     */
    default void deliver(Batch<T> batch, Ending end) {
        CompletionStage<DeliveryOutcome> stage = Objects.requireNonNull(deliver(batch), "the delivery's stage");
        // Common where deliveries do not wait for anything, and a callback is a detour. A subclass may refuse to tell.
        if (stage.getClass() == CompletableFuture.class) {
            CompletableFuture<DeliveryOutcome> known = stage.toCompletableFuture();
            if (known.isDone() && !known.isCompletedExceptionally()) {
                end.ended(known.join(), null);
                return;
            }
        }
        CompletionStage<DeliveryOutcome> unused = stage.whenComplete(end::ended);
    }

    /**
     * The most records that one request carries. The pipeline sends a larger batch as several requests, each with a
     * concurrency slot and a moment of the rate limit of its own, and retried on its own. Any number by default.
     *
     * @return 1 or more
     */
    default int largestRequest() {
        return Integer.MAX_VALUE;
    }

    /**
     * Whether nothing of it looks at a batch any more once what became of it has been told, in whatever way; records it
     * took out it may keep. The memory of batches is used again then, which saves most of what a run allocates. False by
     * default: batches stay for whoever keeps them.
     */
    default boolean letsGoOfBatches() {
        return false;
    }

    /** Lets go of connections and threads; the default has none. */
    @Override
    default void close() {}

    /**
     * A delivery that blocks: each call gets a thread, a virtual one where the JVM has them. What follows from an outcome
     * runs on the thread that brought it, and a call that is made there goes on that thread when this has returned: so what
     * follows must neither block nor wait for a call that it has just made.
     */
    static <T> BatchDelivery<T> blocking(Blocking<T> delivery) {
        return new BlockingBatchDelivery<>(delivery);
    }

    /** Is told what became of a batch. */
    @FunctionalInterface
    interface Ending {

        /**
         * The batch is at its end.
         *
         * @param outcome what became of it; null if that is not known
         * @param failure why it is not known, as {@link BatchDelivery#deliver(Batch)} says of a stage that fails; null
         *     with an outcome
         */
        void ended(@Nullable DeliveryOutcome outcome, @Nullable Throwable failure);
    }

    /**
     * Sends a batch and waits for the answer.
     *
     * @param <T> what a record is
     */
    @FunctionalInterface
    interface Blocking<T> {

        /**
         * Sends a batch.
         *
         * @throws Exception as {@link BatchDelivery#deliver(Batch)} says of a stage that fails
         */
        DeliveryOutcome deliver(Batch<T> batch) throws Exception;

        /** As {@link BatchDelivery#letsGoOfBatches} says, of a call that has returned. False by default. */
        default boolean letsGoOfBatches() {
            return false;
        }
    }
}
