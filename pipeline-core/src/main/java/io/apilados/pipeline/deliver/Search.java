// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;

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

    Search(Deliverer<T> deliverer, Journey<T> journey, Batch<T> batch) {
        this.deliverer = deliverer;
        this.journey = journey;
        this.batch = batch;
        this.isolation = new Isolation(batch.size());
    }

    void ask() {
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
