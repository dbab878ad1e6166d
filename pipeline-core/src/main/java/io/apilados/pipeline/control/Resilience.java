// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What stands between a caller and a destination that is slow, strict and unreliable, as one value to hand over: to a
 * pipeline, or to whatever else calls the same destination, so that all of them together keep to its limits.
 *
 * <p>The order is fixed, because most orders are wrong. Retries stand outermost. Within one attempt come the breaker's
 * gate, a concurrency slot, a moment of the rate limit, the breaker's permit, and then the exchange, under one deadline
 * if there is one. While it backs off, a call holds neither slot nor permit. An open breaker costs no attempt, and a
 * place in a queue is not a failure of the destination.
 *
 * <p>Immutable; safe for use by many threads, virtual ones included.
 */
public final class Resilience {

    /** Without a budget a retry waits as if it had failed so often more: eight times as long. */
    private static final int FAILURES_WITHOUT_BUDGET = 3;

    private final ConcurrencyController concurrency;
    private final RateLimit rate;
    private final CircuitBreaker circuitBreaker;
    private final RetryPolicy retry;
    private final @Nullable Duration attemptTimeout;
    private final Scheduler scheduler;

    /** Shared by all calls: whether one is worth a quick retry depends on how the others fare. */
    private final RetryBudget budget = new RetryBudget();

    private Resilience(Builder builder) {
        this.concurrency = builder.concurrency;
        RateLimit givenRate = builder.rate;
        this.rate = givenRate == null ? RateLimit.adaptive(builder.scheduler) : givenRate;
        CircuitBreaker given = builder.circuitBreaker;
        this.circuitBreaker = given == null
                ? CircuitBreaker.builder().scheduler(builder.scheduler).build()
                : given;
        this.retry = builder.retry;
        this.attemptTimeout = builder.attemptTimeout;
        this.scheduler = builder.scheduler;
    }

    /** The defaults of each: see {@link Builder}. */
    public static Resilience ofDefaults() {
        return builder().build();
    }

    /** A builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** How many attempts may be under way at once. */
    public ConcurrencyController concurrency() {
        return concurrency;
    }

    /** How often an attempt may begin. */
    public RateLimit rate() {
        return rate;
    }

    /** The gate before the destination. */
    public CircuitBreaker circuitBreaker() {
        return circuitBreaker;
    }

    /** When to try again. */
    public RetryPolicy retry() {
        return retry;
    }

    /** How long one exchange may take; null if it has a deadline of its own. */
    public @Nullable Duration attemptTimeout() {
        return attemptTimeout;
    }

    /** The clock. */
    public Scheduler scheduler() {
        return scheduler;
    }

    /** An attempt succeeded: the destination is worth more quick retries. For callers that retry by rules of their own. */
    public void succeeded() {
        budget.succeeded();
    }

    /**
     * How long to wait before the next attempt of a call; takes a quick retry from the budget that all calls share. For
     * callers that retry by rules of their own.
     *
     * @param failures attempts of the call that have failed so far, 1 or more
     * @param random where jitter comes from
     */
    public Duration backoff(int failures, RandomGenerator random) {
        return retry.backoff(budget.take() ? failures : failures + FAILURES_WITHOUT_BUDGET, random);
    }

    /**
     * The right to make one attempt, if it is to be had at once: the breaker is closed, nobody waits for a slot and the
     * rate allows it. For callers that retry by rules of their own; without one, {@link #admit ask} for it.
     */
    public Optional<Pass> tryAdmit() {
        if (circuitBreaker.state() != CircuitBreaker.State.CLOSED) {
            return Optional.empty();
        }
        Optional<ConcurrencyController.Permit> slot = concurrency.tryAcquire();
        if (slot.isEmpty()) {
            return Optional.empty();
        }
        Pass pass = null;
        boolean admitted = false;
        try {
            Optional<CircuitBreaker.Permit> permit = circuitBreaker.tryAcquire();
            if (permit.isEmpty()) {
                return Optional.empty();
            }
            pass = new Pass(slot.get(), permit.get(), this);
            Optional<Pass> atOnce = Optional.of(pass);
            admitted = rate.tryAcquire();
            return admitted ? atOnce : Optional.empty();
        } finally {
            // Also where one of them is at fault and throws.
            if (!admitted) {
                if (pass == null) {
                    slot.get().ignored();
                } else {
                    pass.ignored();
                }
            }
        }
    }

    /**
     * Asks for the right to make one attempt; for callers that retry by rules of their own. Does not block.
     *
     * @param admitted is given the pass, at once or later, on whichever thread made way; it must not block
     * @param refused is told if there will be none: {@link java.util.concurrent.RejectedExecutionException} if the
     *     controller's queue is full, anything else if the breaker, the controller or the limit threw it
     */
    public Admission admit(Consumer<Pass> admitted, Consumer<Throwable> refused) {
        Admission admission = new Admission(this, admitted, refused);
        admission.begin();
        return admission;
    }

    /**
     * Makes an exchange, again and again while that can help. Does not block.
     *
     * <p>An exchange that fails with a {@link RetryableException}, a {@link TimeoutException} or another
     * {@link java.io.IOException} is made again; with anything else the call fails at once. Cancel the returned future to
     * give the call up: whatever it holds is given back, and an exchange under way is cancelled, too.
     *
     * @param exchange begins one attempt; asked again for each
     * @return the result; or fails with the last failure once patience has ended, or with
     *     {@link java.util.concurrent.RejectedExecutionException} if the controller's queue is full
     */
    public <T> CompletionStage<T> call(Supplier<? extends CompletionStage<T>> exchange) {
        return new ResilientCall<>(this, exchange).begin();
    }

    /**
     * Makes an exchange on the calling thread, again and again while that can help, as {@link #call} does. Blocks. When
     * the time of one attempt is over, the thread is interrupted within the exchange, which counts as a time-out.
     *
     * @throws InterruptedException if the thread is interrupted; whatever the call holds is given back
     * @throws Exception the last failure of the exchange, once patience has ended or if another attempt cannot help
     */
    public <T> T callBlocking(Callable<T> exchange) throws Exception {
        return new BlockingCall<>(this, exchange).make();
    }

    /** Settings. Confined to one thread. */
    public static final class Builder {
        private ConcurrencyController concurrency = ConcurrencyController.ofDefaults();
        private @Nullable RateLimit rate;
        private @Nullable CircuitBreaker circuitBreaker;
        private RetryPolicy retry = RetryPolicy.ofDefaults();
        private @Nullable Duration attemptTimeout;
        private Scheduler scheduler = Scheduler.system();

        private Builder() {}

        /** How many attempts may be under way at once; {@link ConcurrencyController#ofDefaults()} by default. */
        public Builder concurrency(ConcurrencyController value) {
            concurrency = Objects.requireNonNull(value, "concurrency");
            return this;
        }

        /** How often an attempt may begin; {@link RateLimit#adaptive()} by default. */
        public Builder rate(RateLimit value) {
            rate = Objects.requireNonNull(value, "rate");
            return this;
        }

        /** The gate before the destination; by default one of its own, as {@link CircuitBreaker#ofDefaults()}. */
        public Builder circuitBreaker(CircuitBreaker value) {
            circuitBreaker = Objects.requireNonNull(value, "circuitBreaker");
            return this;
        }

        /** When to try again; {@link RetryPolicy#ofDefaults()} by default. */
        public Builder retry(RetryPolicy value) {
            retry = Objects.requireNonNull(value, "retry");
            return this;
        }

        /**
         * How long one exchange may take, to its very end; more than zero. None by default: give one, unless the exchange
         * has a deadline of its own, as an HTTP delivery has.
         */
        public Builder attemptTimeout(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("attemptTimeout was " + value + " but it must be more than zero");
            }
            attemptTimeout = value;
            return this;
        }

        /** The clock; the system's by default. */
        public Builder scheduler(Scheduler value) {
            scheduler = Objects.requireNonNull(value, "scheduler");
            return this;
        }

        /** The value. */
        public Resilience build() {
            return new Resilience(this);
        }
    }
}
