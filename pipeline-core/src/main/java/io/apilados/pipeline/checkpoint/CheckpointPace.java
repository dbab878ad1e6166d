// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

/**
 * How often an attempt at a split saves how far it is: when one of the three is reached. A run keeps to the default. What
 * was sent since then is sent again by the attempt that follows a kill, so this weighs what saving costs against what a
 * kill repeats. An attempt that ends by itself always saves. Immutable.
 *
 * @param time since the last one; more than zero
 * @param bytes of the source since the last one, 1 or more
 * @param batches that were settled since the last one, 1 or more
 */
public record CheckpointPace(Duration time, long bytes, long batches) implements Serializable {

    /** By default after 1 second, or 16 MiB of the source, whatever the number of batches. */
    public static final CheckpointPace DEFAULT = new CheckpointPace(Duration.ofSeconds(1), 16L << 20, Long.MAX_VALUE);

    /** None before the end of an attempt: one that is killed repeats all that it did. */
    public static final CheckpointPace NONE =
            new CheckpointPace(Duration.ofSeconds(Long.MAX_VALUE), Long.MAX_VALUE, Long.MAX_VALUE);

    public CheckpointPace {
        Objects.requireNonNull(time, "time");
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("time was " + time + " but it must be more than zero");
        }
        if (bytes < 1 || batches < 1) {
            throw new IllegalArgumentException(
                    "bytes was " + bytes + " and batches was " + batches + " but both must be 1 or more");
        }
    }

    /** After so many batches, 1 or more, and nothing else. */
    public static CheckpointPace everyBatches(long batches) {
        return new CheckpointPace(NONE.time, NONE.bytes, batches);
    }
}
