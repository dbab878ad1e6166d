// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;

/** Every moment is free. */
final class DisabledRateLimit implements RateLimit {

    static final DisabledRateLimit INSTANCE = new DisabledRateLimit();

    private static final Reservation NOW = new Reservation() {
        @Override
        public Duration delay() {
            return Duration.ZERO;
        }

        @Override
        public void cancel() {}
    };

    private DisabledRateLimit() {}

    @Override
    public Reservation reserve() {
        return NOW;
    }

    @Override
    public boolean tryAcquire() {
        return true;
    }

    @Override
    public void acquire() {}

    @Override
    public void acquire(Duration patience) {}

    @Override
    public String toString() {
        return "none";
    }
}
