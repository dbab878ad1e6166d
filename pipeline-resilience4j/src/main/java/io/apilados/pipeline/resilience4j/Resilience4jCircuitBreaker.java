// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.resilience4j;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Scheduler;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.Metrics;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A gate over a breaker of Resilience4j that a service has already. Its thresholds, windows and waits decide when work is
 * let through; how work meets it is the gate's: whoever comes while it is open waits in line instead of failing, one
 * probe is out at a time however many Resilience4j would let through, an outcome from before a change of state is not
 * told to it, and a probe whose end is never told counts as an error when its lease is over.
 *
 * <p>The service's own calls go on using their breaker as they do. When they open or close it, or somebody forces it open,
 * disables it or makes it watch only, the gate follows.
 *
 * <p>Make one gate for a breaker and share it: each gate knows of its own probe only. A gate is safe for use by many
 * threads.
 */
public final class Resilience4jCircuitBreaker {

    private Resilience4jCircuitBreaker() {}

    /**
     * A gate with the defaults.
     *
     * @throws IllegalArgumentException as {@link Builder#build()}
     */
    public static CircuitBreaker of(io.github.resilience4j.circuitbreaker.CircuitBreaker breaker) {
        return builder(breaker).build();
    }

    /** A builder with the defaults. */
    public static Builder builder(io.github.resilience4j.circuitbreaker.CircuitBreaker breaker) {
        return new Builder(breaker);
    }

    /** Settings of a gate. Confined to one thread. */
    public static final class Builder {
        final io.github.resilience4j.circuitbreaker.CircuitBreaker breaker;
        Supplier<? extends Throwable> failure = DestinationFailure::new;
        Duration probeLease = Duration.ofSeconds(35);
        Duration askAgain = Duration.ofSeconds(1);
        Scheduler scheduler = Scheduler.system();

        private Builder(io.github.resilience4j.circuitbreaker.CircuitBreaker breaker) {
            this.breaker = Objects.requireNonNull(breaker, "breaker");
        }

        /** How long a probe may take before it counts as an error; 35 s by default, a little over a request's time-out. */
        public Builder probeLease(Duration value) {
            probeLease = positive("probeLease", value);
            return this;
        }

        /**
         * How often Resilience4j is asked while work waits; 1 s by default. It tells nobody when it would let work
         * through, and goes from open to half open only when it is asked. Each time it refuses is a call not permitted in
         * its metrics.
         */
        public Builder askAgain(Duration value) {
            askAgain = positive("askAgain", value);
            return this;
        }

        /**
         * What Resilience4j is told that a failed call threw; an {@link java.io.IOException} by default. For breakers that
         * record exceptions of the service's own only.
         */
        public Builder failure(Supplier<? extends Throwable> value) {
            failure = Objects.requireNonNull(value, "failure");
            return this;
        }

        /** The clock; the system's by default. Resilience4j keeps its own, see its {@code clock} setting. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /**
         * The gate. It stays registered with the breaker's events.
         *
         * @throws IllegalArgumentException if the breaker does not record the failure as one, or is a wrapper that hides
         *     which state it is in
         */
        public CircuitBreaker build() {
            Throwable told = failure.get();
            CircuitBreakerConfig config = breaker.getCircuitBreakerConfig();
            if (config.getIgnoreExceptionPredicate().test(told)
                    || !config.getRecordExceptionPredicate().test(told)) {
                throw new IllegalArgumentException(
                        "failure was " + told.getClass().getName() + " but breaker " + breaker.getName()
                                + " must record it; give one that it records to failure(...)");
            }
            if (!tellsItsStateApart()) {
                throw new IllegalArgumentException("breaker " + breaker.getName() + " was a "
                        + breaker.getClass().getName()
                        + " but it must keep one Metrics object for each state it is in; give Resilience4j's own");
            }
            return Resilience4jGate.over(this);
        }

        /** More than one look, for it may change its state between two. */
        private boolean tellsItsStateApart() {
            for (int look = 0; look < 3; look++) {
                Metrics first = breaker.getMetrics();
                if (Resilience4jGate.isSame(breaker.getMetrics(), first)) {
                    return true;
                }
            }
            return false;
        }

        private static Duration positive(String name, Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " was " + value + " but it must be more than zero");
            }
            return value;
        }
    }
}
