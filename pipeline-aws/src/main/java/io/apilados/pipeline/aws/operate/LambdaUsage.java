// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What of Lambda was used. Immutable.
 *
 * @param invocations how many
 * @param billedMillis their time, all together
 * @param memoryMb of the function, 128 to 10,240
 * @param storageMb its ephemeral storage, 512 to 10,240
 * @param processor what it ran on
 * @param period in which that was; the free tier is for 30 days
 * @param records that were processed; null if that is not known
 */
public record LambdaUsage(
        long invocations,
        BigDecimal billedMillis,
        int memoryMb,
        int storageMb,
        Processor processor,
        Duration period,
        @Nullable Long records) {

    private static final int LEAST_MEMORY_MB = 128;
    private static final int LEAST_STORAGE_MB = 512;
    private static final int MOST_MB = 10_240;

    public LambdaUsage {
        if (invocations < 0 || billedMillis.signum() < 0 || period.isNegative() || (records != null && records < 0)) {
            throw new IllegalArgumentException(
                    "invocations were " + invocations + ", billed milliseconds " + billedMillis + ", the period "
                            + period + " and records " + records + " but none may be negative");
        }
        between("memoryMb", memoryMb, LEAST_MEMORY_MB);
        between("storageMb", storageMb, LEAST_STORAGE_MB);
        Objects.requireNonNull(processor, "processor");
    }

    private static void between(String name, int value, int least) {
        if (value < least || value > MOST_MB) {
            throw new IllegalArgumentException(
                    name + " was " + value + " but it must be between " + least + " and " + MOST_MB);
        }
    }
}
