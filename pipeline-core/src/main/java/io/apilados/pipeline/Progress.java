// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Pressure;
import java.time.Duration;

/**
 * How far a run is.
 *
 * @param read records that were read
 * @param delivered records that arrived
 * @param rejected records that were put aside
 * @param filtered records that the pipeline did not want
 * @param requests attempts to deliver a batch or a part of one so far
 * @param retries waits before a further attempt so far
 * @param inFlight batches on their way or waiting to be sent again
 * @param batchSize records that the next batch takes
 * @param concurrencyLimit requests that may be made at once now
 * @param breaker whether work is let through to the destination
 * @param memory how short memory is
 * @param bytesRead bytes of the source that have been gone through
 * @param bytesSettled bytes of the source below which every record is settled
 * @param sizeBytes bytes that the source has, or -1 if it does not tell
 * @param elapsed since the run began to read
 */
public record Progress(
        long read,
        long delivered,
        long rejected,
        long filtered,
        long requests,
        long retries,
        int inFlight,
        int batchSize,
        int concurrencyLimit,
        CircuitBreaker.State breaker,
        Pressure memory,
        long bytesRead,
        long bytesSettled,
        long sizeBytes,
        Duration elapsed) {

    /** The part of the source that is settled, from 0 to 1; 0 if the source does not tell its size. */
    public double fraction() {
        return sizeBytes <= 0 ? 0 : Math.min(1, (double) bytesSettled / sizeBytes);
    }
}
