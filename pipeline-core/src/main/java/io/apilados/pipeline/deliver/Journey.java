// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.batch.BatchSample.Outcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A batch on its way, in one piece or in several. Safe for use by many threads: its parts come to their ends on any.
 *
 * @param <T> what a record is
 */
final class Journey<T> {
    private final Deliverer<T> deliverer;
    private final int size;
    private final Settlement<T> settlement;
    private final long startNanos;
    private final AtomicInteger parts = new AtomicInteger();
    private final CompletableFuture<BatchSample> end = new CompletableFuture<>();
    private volatile Outcome outcome = Outcome.CLEAN;

    Journey(Deliverer<T> deliverer, int size, Settlement<T> settlement) {
        this.deliverer = deliverer;
        this.size = size;
        this.settlement = settlement;
        this.startNanos = deliverer.scheduler.nanoTime();
    }

    Settlement<T> settlement() {
        return settlement;
    }

    /** Completes when no part is under way any more. */
    CompletionStage<BatchSample> end() {
        return end;
    }

    void begin(Batch<T> part) {
        add(part).send();
    }

    /** Another part, which is to be sent by the caller. */
    Part<T> add(Batch<T> part) {
        parts.incrementAndGet();
        return new Part<>(deliverer, this, part, null);
    }

    void disturbed(boolean tooLarge) {
        if (tooLarge) {
            outcome = Outcome.TOO_LARGE;
        } else if (outcome == Outcome.CLEAN) {
            outcome = Outcome.DISTURBED;
        }
    }

    void partEnded() {
        if (parts.decrementAndGet() == 0) {
            long now = deliverer.scheduler.nanoTime();
            end.complete(new BatchSample(size, 0, startNanos, now, outcome));
            deliverer.ended(now - startNanos);
        }
    }
}
