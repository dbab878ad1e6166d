// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.control;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.RateLimit;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a request pays that nothing holds up: a concurrency permit, a moment of the rate limit and a permit of the breaker
 * are taken, and both permits end well. The limits are the same on both sides and out of reach: 10,000 in flight, and
 * 1,000,000,000 a second.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=request</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ResilienceBenchmark {

    /** Whose they are. */
    public enum Library {
        /** A fixed limit, and a breaker that opens after failures in a row: what a pipeline has at the least. */
        OURS,
        /** The breaker looks at the share of failures of the last 100 calls besides. */
        OURS_WITH_SHARE,
        /** The limit adapts besides: each permit is a sample with two readings of the clock. */
        OURS_ADAPTIVE,
        RESILIENCE4J,
        /** Resilience4j where it can be told to do without locks and without a fair queue. */
        RESILIENCE4J_LOCK_FREE
    }

    private static final int MOST_IN_FLIGHT = 10_000;
    private static final int WINDOW = 100;

    /** Whose they are. */
    @Param
    public Library library = Library.OURS;

    /** Ours. */
    @State(Scope.Benchmark)
    public static class Ours {
        private final RateLimit rate =
                RateLimit.builder(1_000_000).scheduler(new FastClock()).build();

        private final ConcurrencyController fixed = ConcurrencyController.fixed(MOST_IN_FLIGHT);
        private final ConcurrencyController adaptive =
                ConcurrencyController.adaptive(1000, MOST_IN_FLIGHT, MOST_IN_FLIGHT);
        private final CircuitBreaker inARow = CircuitBreaker.ofDefaults();
        private final CircuitBreaker share =
                CircuitBreaker.builder().failureShare(0.5, WINDOW, WINDOW).build();
    }

    /** Theirs. */
    @State(Scope.Benchmark)
    public static class Theirs {
        private final RateLimiter rate = RateLimiter.of(
                "rate",
                RateLimiterConfig.custom()
                        .limitRefreshPeriod(Duration.ofMillis(1))
                        .limitForPeriod(1_000_000)
                        .build());

        private final Bulkhead fair = bulkhead(true);
        private final Bulkhead unfair = bulkhead(false);
        private final io.github.resilience4j.circuitbreaker.CircuitBreaker locked =
                breaker(CircuitBreakerConfig.SlidingWindowSynchronizationStrategy.SYNCHRONIZED);
        private final io.github.resilience4j.circuitbreaker.CircuitBreaker lockFree =
                breaker(CircuitBreakerConfig.SlidingWindowSynchronizationStrategy.LOCK_FREE);

        private static Bulkhead bulkhead(boolean fair) {
            return Bulkhead.of(
                    "bulkhead",
                    BulkheadConfig.custom()
                            .maxConcurrentCalls(MOST_IN_FLIGHT)
                            .fairCallHandlingStrategyEnabled(fair)
                            .build());
        }

        private static io.github.resilience4j.circuitbreaker.CircuitBreaker breaker(
                CircuitBreakerConfig.SlidingWindowSynchronizationStrategy strategy) {
            return io.github.resilience4j.circuitbreaker.CircuitBreaker.of(
                    "breaker",
                    CircuitBreakerConfig.custom()
                            .slidingWindow(WINDOW, WINDOW, SlidingWindowType.COUNT_BASED, strategy)
                            .build());
        }
    }

    /** One thread. */
    @Benchmark
    @Threads(1)
    public void uncontended(Ours ours, Theirs theirs) throws InterruptedException {
        request(ours, theirs);
    }

    /** Eight threads that do nothing else. */
    @Benchmark
    @Threads(8)
    public void eightThreads(Ours ours, Theirs theirs) throws InterruptedException {
        request(ours, theirs);
    }

    private void request(Ours ours, Theirs theirs) throws InterruptedException {
        switch (library) {
            case OURS -> request(ours.fixed, ours.rate, ours.inARow);
            case OURS_WITH_SHARE -> request(ours.fixed, ours.rate, ours.share);
            case OURS_ADAPTIVE -> request(ours.adaptive, ours.rate, ours.share);
            case RESILIENCE4J -> request(theirs.fair, theirs.rate, theirs.locked);
            case RESILIENCE4J_LOCK_FREE -> request(theirs.unfair, theirs.rate, theirs.lockFree);
        }
    }

    private static void request(ConcurrencyController concurrency, RateLimit rate, CircuitBreaker breaker)
            throws InterruptedException {
        ConcurrencyController.Permit permit = concurrency.acquire();
        rate.acquire();
        CircuitBreaker.Permit pass = breaker.tryAcquire().orElseThrow();
        pass.succeeded();
        permit.succeeded();
    }

    private static void request(
            Bulkhead bulkhead, RateLimiter rate, io.github.resilience4j.circuitbreaker.CircuitBreaker breaker) {
        bulkhead.acquirePermission();
        RateLimiter.waitForPermission(rate);
        breaker.acquirePermission();
        // They want the duration to be measured outside; here it costs them nothing.
        breaker.onSuccess(1, TimeUnit.MICROSECONDS);
        bulkhead.onComplete();
    }
}
