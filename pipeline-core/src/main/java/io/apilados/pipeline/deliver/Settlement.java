// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSample;
import java.time.Duration;

/**
 * Is told what becomes of the records of one batch. Called from any thread, possibly from several at once; must not
 * block.
 *
 * @param <T> what a record is
 */
public interface Settlement<T> {

    /** The batch was taken. Comes first, and once; whatever it throws is at fault, and ends the run. */
    default void begins() {}

    /** A request is about to be made for some of the batch's records. */
    RequestWatch sending(Batch<T> part);

    /** All records of {@code part} arrived. */
    void delivered(Batch<T> part);

    /** The record at {@code index} of {@code part} will never arrive. */
    void rejected(Batch<T> part, int index, String code, String message);

    /** {@code part} will be sent again after {@code delay}. */
    void retrying(Batch<T> part, String reason, Duration delay);

    /** No part of the batch is under way any more: every record is settled or, after a stop, will not be. */
    void ended(BatchSample sample);

    /** The run must stop: nothing arrives any more. */
    void stop(String code, String message);

    /** The delivery's own code is at fault: the run must stop. */
    void failed(Throwable fault);
}
