// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;

/**
 * Bounds how often something starts. Starts are spaced evenly: a rate of 50 a second is one every 20 ms, never 50 at
 * once followed by silence. Safe for use by many threads.
 */
public interface RateLimit {

    /**
     * Takes the next free moment.
     *
     * @return how long from now that moment is; zero if it is now. Whoever reserved a moment and does not use it has
     *     spent it
     */
    Duration reserve();

    /**
     * A steady rate without bursts.
     *
     * @param perSecond starts a second, more than 0 and at most 1,000,000
     * @throws IllegalArgumentException if the rate is outside of that range
     */
    static RateLimit perSecond(double perSecond) {
        return new SpacedRateLimit(perSecond, Scheduler.system());
    }

    /** No limit. */
    static RateLimit disabled() {
        return () -> Duration.ZERO;
    }
}
