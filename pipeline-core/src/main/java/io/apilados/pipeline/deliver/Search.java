// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import org.jspecify.annotations.Nullable;

/**
 * The search for the bad records of a batch: one question after the other, in the place of the batch.
 *
 * @param <T> what a record is
 */
final class Search<T> {
    private final Deliverer<T> deliverer;
    private final Journey<T> journey;
    private final Batch<T> batch;
    private final Isolation isolation;

    /** Who asks now, or asked last. */
    private volatile @Nullable Turn turn;

    /** One thread that asks, question after question as long as the answers come at once. */
    private static final class Turn {
        private final Thread thread = Thread.currentThread();
        private boolean over;
        private boolean again;
    }

    Search(Deliverer<T> deliverer, Journey<T> journey, Batch<T> batch) {
        this.deliverer = deliverer;
        this.journey = journey;
        this.batch = batch;
        this.isolation = new Isolation(batch.size());
    }

    /** A destination that answers at once must not make the stack grow by each question. */
    void ask() {
        Turn last = turn;
        if (last != null && last.thread == Thread.currentThread() && !last.over) {
            last.again = true;
            return;
        }
        Turn mine = new Turn();
        do {
            mine.again = false;
            turn = mine;
            askOnce();
        } while (mine.again);
        mine.over = true;
    }

    private void askOnce() {
        if (isolation.isDone()) {
            journey.partEnded();
        } else {
            Isolation.Range range = isolation.next();
            new Part<>(deliverer, journey, batch.part(range.from(), range.to()), this).send();
        }
    }

    void settled() {
        isolation.settled();
        ask();
    }

    void refused(Batch<T> part, DeliveryOutcome.Refused refused) {
        if (isolation.refused()) {
            journey.settlement().rejected(part, 0, refused.code(), refused.message());
        }
        ask();
    }
}
