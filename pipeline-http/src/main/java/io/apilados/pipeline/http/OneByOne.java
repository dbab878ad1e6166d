// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * Sends the records of a batch one after the other, up to the first that is answered 429 or 503: the rest waits with it.
 *
 * @param <T> what a record is
 */
final class OneByOne<T> implements BatchDelivery.Blocking<T> {

    private final BatchDelivery.Blocking<T> one;

    /** Sends with {@code one}, which is given batches of one record. */
    OneByOne(BatchDelivery.Blocking<T> one) {
        this.one = one;
    }

    @Override
    public DeliveryOutcome deliver(Batch<T> batch) throws Exception {
        if (batch.size() == 1) {
            return one.deliver(batch);
        }
        List<RecordOutcome> outcomes = new ArrayList<>(batch.size());
        while (outcomes.size() < batch.size()) {
            int next = outcomes.size();
            DeliveryOutcome outcome = tryOne(batch.part(next, next + 1));
            if (outcome instanceof DeliveryOutcome.Stop) {
                return outcome;
            }
            if (outcome instanceof DeliveryOutcome.Retry later && askedToPause(later)) {
                // The others would be told the same.
                if (next == 0) {
                    return later;
                }
                while (outcomes.size() < batch.size()) {
                    outcomes.add(forRecord(later));
                }
            } else {
                outcomes.add(forRecord(outcome));
            }
        }
        return new DeliveryOutcome.PerRecord(outcomes);
    }

    private static boolean askedToPause(DeliveryOutcome.Retry later) {
        return "http-429".equals(later.reason()) || "http-503".equals(later.reason());
    }

    private DeliveryOutcome tryOne(Batch<T> record) throws Exception {
        try {
            return one.deliver(record);
        } catch (TimeoutException e) {
            return DeliveryOutcome.retry("time-out");
        } catch (IOException e) {
            return DeliveryOutcome.lost(e);
        }
    }

    private static RecordOutcome forRecord(DeliveryOutcome outcome) {
        if (outcome instanceof DeliveryOutcome.Refused refused) {
            return RecordOutcome.rejected(refused.code(), refused.message());
        }
        if (outcome instanceof DeliveryOutcome.Retry retry) {
            return new RecordOutcome.Retry(retry.reason(), retry.after());
        }
        if (outcome instanceof DeliveryOutcome.PerRecord each) {
            return each.outcomes().get(0);
        }
        return RecordOutcome.delivered();
    }
}
