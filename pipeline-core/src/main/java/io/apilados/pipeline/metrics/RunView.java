// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.metrics;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.control.Pressure;
import org.jspecify.annotations.Nullable;

/** What can be seen of a run that is under way. Safe for use by many threads; asked whenever a gauge is read. */
public interface RunView {

    /** Open batches. */
    int inFlight();

    /** Records that the next batch takes. */
    int batchSize();

    /** Requests that may be made at once. */
    int concurrencyLimit();

    /** Bytes that were read and are not settled. */
    long checkpointLag();

    /** The breaker's state. */
    CircuitBreaker.State breaker();

    /** How short memory is. */
    Pressure memoryPressure();

    /** What memory is in use; null if nobody watches it. */
    @Nullable MemoryUsage memory();
}
