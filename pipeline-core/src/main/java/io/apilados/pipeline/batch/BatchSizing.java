// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import java.time.Duration;
import java.util.Objects;

/**
 * How large batches may be.
 *
 * @param min fewest records in a batch that is not the last, 1 or more; 10 by default
 * @param initial records in the first batch; 100 by default
 * @param max most records in a batch, at most {@value #MAX_RECORDS}; 500 by default
 * @param linger how long a part-filled batch waits for more records before it leaves; zero, the default, means for ever
 * @param maxBytes most bytes in a batch, 1 or more; {@link Long#MAX_VALUE}, the default, means no bound
 */
public record BatchSizing(int min, int initial, int max, Duration linger, long maxBytes) {

    /** The most records that a batch may ever have: {@value}. */
    public static final int MAX_RECORDS = 10_000;

    public BatchSizing {
        Objects.requireNonNull(linger, "linger");
        if (min < 1 || initial < min || max < initial || max > MAX_RECORDS) {
            throw new IllegalArgumentException("batch size was " + min + ":" + initial + ":" + max
                    + " but it must be min:initial:max with 1 <= min <= initial <= max <= " + MAX_RECORDS);
        }
        if (linger.isNegative()) {
            throw new IllegalArgumentException("linger was " + linger + " but it must be zero or more");
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("maxBytes was " + maxBytes + " but it must be 1 or more");
        }
    }

    /** Adapts between 10 and 500, beginning with 100. */
    public static BatchSizing ofDefaults() {
        return adaptive(10, 100, 500);
    }

    /** Adapts between the two, beginning with 100 or what is nearest to it. */
    public static BatchSizing between(int min, int max) {
        return adaptive(min, Math.max(min, Math.min(max, 100)), max);
    }

    /** Adapts between the two, beginning with {@code initial}. */
    public static BatchSizing adaptive(int min, int initial, int max) {
        return new BatchSizing(min, initial, max, Duration.ZERO, Long.MAX_VALUE);
    }

    /** Always the same size. */
    public static BatchSizing fixed(int records) {
        return adaptive(records, records, records);
    }

    /** The same with another linger time. */
    public BatchSizing withLinger(Duration time) {
        return new BatchSizing(min, initial, max, time, maxBytes);
    }

    /** The same with another bound on the bytes of a batch, for a destination whose limit is known. */
    public BatchSizing withMaxBytes(long bytes) {
        return new BatchSizing(min, initial, max, linger, bytes);
    }
}
