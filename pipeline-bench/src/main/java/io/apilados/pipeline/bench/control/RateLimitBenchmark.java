// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.control;

import io.apilados.pipeline.control.RateLimit;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A start is asked of a rate limit that allows 1,000,000,000 a second, more than any benchmark makes. Ours and Failsafe's
 * smooth one space the starts evenly; the others allow 1,000,000 at once in every millisecond.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=rate</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RateLimitBenchmark {

    private static final int A_MILLISECOND = 1_000_000;
    private static final long A_SECOND = 1_000_000_000;

    /** Whose limit it is. */
    public enum Library {
        OURS {
            @Override
            Guard guard() {
                RateLimit rate = RateLimit.builder(A_SECOND / 1_000.0)
                        .scheduler(new FastClock())
                        .build();
                return rate::tryAcquire;
            }
        },
        /** It learns from answers that refuse, of which there are none. */
        OURS_ADAPTIVE {
            @Override
            Guard guard() {
                RateLimit rate = RateLimit.adaptive();
                return () -> {
                    boolean permitted = rate.tryAcquire();
                    rate.answered(0, false);
                    return permitted;
                };
            }
        },
        RESILIENCE4J {
            @Override
            Guard guard() {
                RateLimiter rate = RateLimiter.of(
                        "rate",
                        RateLimiterConfig.custom()
                                .limitRefreshPeriod(Duration.ofMillis(1))
                                .limitForPeriod(A_MILLISECOND)
                                .timeoutDuration(Duration.ZERO)
                                .build());
                return rate::acquirePermission;
            }
        },
        FAILSAFE_SMOOTH {
            @Override
            Guard guard() {
                dev.failsafe.RateLimiter<Object> rate = dev.failsafe.RateLimiter.smoothBuilder(
                                A_SECOND, Duration.ofSeconds(1))
                        .build();
                return rate::tryAcquirePermit;
            }
        },
        FAILSAFE_BURSTY {
            @Override
            Guard guard() {
                dev.failsafe.RateLimiter<Object> rate = dev.failsafe.RateLimiter.burstyBuilder(
                                A_MILLISECOND, Duration.ofMillis(1))
                        .build();
                return rate::tryAcquirePermit;
            }
        };

        abstract Guard guard();
    }

    /** Whose limit it is. */
    @Param
    public Library library = Library.OURS;

    private Guard guard = () -> false;

    /** Makes it. */
    @Setup
    public void setUp() {
        guard = library.guard();
        guard.check();
    }

    /** One thread. */
    @Benchmark
    @Threads(1)
    public boolean uncontended() {
        return guard.pass();
    }

    /** Four threads that do nothing else. */
    @Benchmark
    @Threads(4)
    public boolean fourThreads() {
        return guard.pass();
    }
}
