// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A gate before a destination that may fail. While it fails, nothing is sent to it but one probe now and then; whoever
 * wants to send waits at the gate. Nobody's work fails because the breaker is open.
 *
 * <p>CLOSED lets everybody through. So many failures in a row open it. OPEN lets nobody through for a while; then it is
 * HALF_OPEN and lets one probe through, which closes it or opens it again.
 *
 * <p>Ten calls that are under way together may all fail of one and the same blip, for instance when a proxy restarts and
 * resets its connections, and the next would succeed: to stay away for thirty seconds then would cost more than the blip.
 * So several failures open the breaker only with one that confirms them, of a call that began after the first of them was
 * known. To a destination that is really gone this means one more round of calls; whoever calls one at a time does not
 * notice.
 *
 * <p>What makes it safe to share: a permit belongs to the generation in which it was given, and each change of state
 * begins another, so that an answer which comes late decides nothing; a permit ends once; and a probe has a lease, after
 * which it counts as failed, so that one whose end is never told cannot keep the breaker half open for ever.
 *
 * <p>Safe for use by many threads, virtual ones included.
 */
public interface CircuitBreaker {

    /** Whether work is let through. */
    enum State {
        /** All of it. */
        CLOSED,
        /** None of it. */
        OPEN,
        /** One probe at a time. */
        HALF_OPEN
    }

    /** A permit if the gate lets one through now; else empty. Never waits. */
    Optional<Permit> tryAcquire();

    /**
     * Completes when it is worth asking for a permit: at once while the gate is closed, for one waiter, first come, first
     * served, when a probe may be made, and for all when the breaker closes. Cancel the future to leave the queue. What
     * depends on the stage runs on the thread that changed the state and must not block.
     */
    CompletionStage<Void> whenAdmitting();

    /**
     * Waits for a permit.
     *
     * @param patience how long it may wait; zero or less never waits
     * @throws TimeoutException if there is none within {@code patience}; the destination still fails
     * @throws InterruptedException if the thread is interrupted while it waits; no permit is lost, and if it was its turn
     *     to probe it is the next waiter's
     */
    Permit acquire(Duration patience) throws InterruptedException, TimeoutException;

    /** Whether work is let through now. */
    State state();

    /**
     * Tells {@code listener} of each change of the state, for a chart or a log: on the thread that changed it and with the
     * breaker locked, so that it must not block and of the breaker only ask the state. What it throws is logged. The state
     * at the time of registering is not told.
     *
     * @return what ends it; it is not called after that, but for a call that has begun
     */
    Registration onStateChange(Consumer<? super State> listener);

    /** Five failures in a row open it; thirty seconds later it probes. */
    static CircuitBreaker ofDefaults() {
        return builder().build();
    }

    /** A builder with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** A gate that is always open to everybody. */
    static CircuitBreaker disabled() {
        return new DisabledCircuitBreaker();
    }

    /**
     * The right to send once, ended exactly once: the first ending counts, later ones change nothing, on whichever
     * threads they come. Closing without an ending means {@link #ignored()}.
     */
    interface Permit extends AutoCloseable {

        /** Whether it is the probe of a half-open breaker. */
        boolean isProbe();

        /** The destination answered, whatever it said of the work itself. */
        void succeeded();

        /** The destination failed: it could not be reached, did not answer in time, or says that it is broken. */
        void failed();

        /**
         * The destination failed, and says when to ask again.
         *
         * @param retryAfter an open breaker waits at least so long, but no more than 5 minutes
         */
        void failed(Duration retryAfter);

        /** The work says nothing about the destination. */
        void ignored();

        @Override
        default void close() {
            ignored();
        }
    }

    /** Settings of a breaker. Confined to one thread. */
    final class Builder {
        int failures = 5;
        int window = 20;
        int windowMinimum = 10;
        double failureShare = 1.0;
        boolean shareCounts;
        Duration openTime = Duration.ofSeconds(30);
        Duration probeLease = Duration.ofSeconds(35);
        Duration slowCall = Duration.ZERO;
        Scheduler scheduler = Scheduler.system();

        private Builder() {}

        /**
         * So many failures in a row open it, the last of a call that began after the first was known: 1 or more; 5 by
         * default.
         */
        public Builder failuresInARow(int value) {
            if (value < 1) {
                throw new IllegalArgumentException("failuresInARow was " + value + " but it must be 1 or more");
            }
            failures = value;
            return this;
        }

        /**
         * It also opens when this share of the last calls failed, the last of a call that began after the first failure
         * among them was known; by default only failures in a row open it.
         *
         * @param share more than 0 and at most 1
         * @param ofLast how many calls are looked at, 2 to 1,000
         * @param atLeast how many there have to be, 2 to {@code ofLast}
         */
        public Builder failureShare(double share, int ofLast, int atLeast) {
            if (!(share > 0 && share <= 1)) {
                throw new IllegalArgumentException("share was " + share + " but it must be more than 0 and at most 1");
            }
            if (ofLast < 2 || ofLast > 1000 || atLeast < 2 || atLeast > ofLast) {
                throw new IllegalArgumentException("ofLast was " + ofLast + " and atLeast " + atLeast
                        + " but it must be 2 <= atLeast <= ofLast <= 1000");
            }
            failureShare = share;
            window = ofLast;
            windowMinimum = atLeast;
            shareCounts = true;
            return this;
        }

        /** A call that takes longer counts as failed, though it succeeded; by default none does. */
        public Builder slowCall(Duration value) {
            slowCall = positive("slowCall", value);
            return this;
        }

        /** How long it is open before it probes; 30 s by default. */
        public Builder openTime(Duration value) {
            openTime = positive("openTime", value);
            return this;
        }

        /** How long a probe may take before it counts as failed; 35 s by default, a little over a request's time-out. */
        public Builder probeLease(Duration value) {
            probeLease = positive("probeLease", value);
            return this;
        }

        /** The clock; the system's by default. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /** The breaker. */
        public CircuitBreaker build() {
            return new GateCircuitBreaker(this);
        }

        private static Duration positive(String name, Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " was " + value + " but it must be more than zero");
            }
            return value;
        }
    }
}
