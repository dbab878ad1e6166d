// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import java.util.concurrent.CompletionStage;

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
}
