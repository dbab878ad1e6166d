// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The outcomes of the records of a batch, sorted by what happens next. */
record PerRecordResult(
        int[] delivered,
        int[] rejected,
        int[] retried,
        String reason,
        @Nullable Duration after) {

    /**
     * Sorts the outcomes.
     *
     * @throws IllegalStateException if there are not as many as records: the delivery is at fault
     */
    static PerRecordResult of(DeliveryOutcome.PerRecord each, int size) {
        List<RecordOutcome> outcomes = each.outcomes();
        if (outcomes.size() != size) {
            throw new IllegalStateException("the delivery returned " + outcomes.size() + " outcomes for a batch of "
                    + size + " but it must return one for each record");
        }
        String reason = "";
        Duration after = null;
        for (RecordOutcome outcome : outcomes) {
            if (outcome instanceof RecordOutcome.Retry retry) {
                reason = retry.reason();
                if (retry.after() != null && (after == null || retry.after().compareTo(after) > 0)) {
                    after = retry.after();
                }
            }
        }
        return new PerRecordResult(
                indexes(outcomes, RecordOutcome.Delivered.class),
                indexes(outcomes, RecordOutcome.Rejected.class),
                indexes(outcomes, RecordOutcome.Retry.class),
                reason,
                after);
    }

    private static int[] indexes(List<RecordOutcome> outcomes, Class<? extends RecordOutcome> kind) {
        return IntStream.range(0, outcomes.size())
                .filter(i -> kind.isInstance(outcomes.get(i)))
                .toArray();
    }
}
