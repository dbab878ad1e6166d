// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.batch.BatchSample.Outcome;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A batch on its way, in one piece or in several. Safe for use by many threads: its parts come to their ends on any.
 *
 * @param <T> what a record is
 */
final class Journey<T> {
    private final Deliverer<T> deliverer;
    private final int size;
    private final long bytes;
    private final Settlement<T> settlement;

    /** Attempts that have begun. */
    private final AtomicInteger attempts = new AtomicInteger();

    // Written with the first attempt, and read when all parts have ended.
    private long startNanos;
    private int inFlight;

    private final AtomicInteger parts = new AtomicInteger();

    /** Parts that do not wait for their next attempt. A batch of which none is left takes no slot for a while. */
    private final AtomicInteger going = new AtomicInteger();

    private volatile Outcome outcome = Outcome.CLEAN;

    Journey(Deliverer<T> deliverer, Batch<T> batch, Settlement<T> settlement) {
        this.deliverer = deliverer;
        this.size = batch.size();
        this.bytes = batch.bytes();
        this.settlement = settlement;
    }

    long bytes() {
        return bytes;
    }

    Settlement<T> settlement() {
        return settlement;
    }

    /** Sends the whole batch, in parts of at most so many records. */
    void begin(Batch<T> batch, int mostRecords) {
        // What counts as a part here keeps the batch from its end until the last of them has begun. That a batch in one
        // piece goes the same way is for the compiler: see decision 29.
        partBegins();
        for (int from = 0; from < size; from += mostRecords) {
            begin(size <= mostRecords ? batch : batch.part(from, Math.min(size, from + mostRecords)));
        }
        // Whoever begins a batch sees to the next one: if it were taken here, it would be within this one.
        partEnded(false);
    }

    void begin(Batch<T> part) {
        add(part).send();
    }

    /** Another part, which is to be sent by the caller. */
    Part<T> add(Batch<T> part) {
        partBegins();
        return new Part<>(deliverer, this, part, null);
    }

    void disturbed(boolean tooLarge) {
        if (tooLarge) {
            outcome = Outcome.TOO_LARGE;
        } else if (outcome == Outcome.CLEAN) {
            outcome = Outcome.DISTURBED;
        }
    }

    /** With its first part the batch is as the deliverer took it: going on. */
    private void partBegins() {
        if (parts.incrementAndGet() == 1) {
            going.incrementAndGet();
        } else {
            partGoesOn();
        }
    }

    /** A part waits for its next attempt. */
    void partPauses() {
        if (going.decrementAndGet() == 0) {
            deliverer.paused();
        }
    }

    /** A part that waited goes on. */
    void partGoesOn() {
        if (going.getAndIncrement() == 0) {
            deliverer.goesOn();
        }
    }

    /**
     * An attempt begins. The first one's moment is where the batch's time begins: waiting for a slot of our own says
     * nothing of the destination.
     */
    void attempted() {
        if (attempts.getAndIncrement() == 0) {
            startNanos = deliverer.scheduler.nanoTime();
            inFlight = deliverer.resilience.concurrency().inFlight();
        }
    }

    void partEnded() {
        partEnded(true);
    }

    private void partEnded(boolean takesNext) {
        // The last part to end leaves going as it is: its batch does not pause, it is at its end.
        if (parts.decrementAndGet() > 0) {
            partPauses();
        } else {
            try {
                ended();
                if (takesNext) {
                    deliverer.takeNext();
                }
            } finally {
                deliverer.madeRoom();
            }
        }
    }

    private void ended() {
        long now = deliverer.scheduler.nanoTime();
        long began = attempts.get() == 0 ? now : startNanos;
        try {
            settlement.ended(new BatchSample(size, bytes, inFlight, began, now, outcome));
        } catch (RuntimeException | Error e) {
            settlement.failed(e);
        } finally {
            deliverer.ended(now - began, bytes);
        }
    }
}
