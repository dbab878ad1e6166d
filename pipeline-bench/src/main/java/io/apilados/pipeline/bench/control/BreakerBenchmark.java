// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.control;

import io.apilados.pipeline.control.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.util.Optional;
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
 * A closed breaker lets one call through and is told that it succeeded. Who looks at a share of failures looks at the
 * last 100 calls.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=breaker</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class BreakerBenchmark {

    private static final int WINDOW = 100;

    /** Whose breaker it is. */
    public enum Library {
        /** It opens after failures in a row. */
        OURS {
            @Override
            Guard guard() {
                return ours(CircuitBreaker.ofDefaults());
            }
        },
        /** It looks at the share of failures besides. */
        OURS_WITH_SHARE {
            @Override
            Guard guard() {
                return ours(CircuitBreaker.builder()
                        .failureShare(0.5, WINDOW, WINDOW)
                        .build());
            }
        },
        /** As it comes: its window has a lock. */
        RESILIENCE4J {
            @Override
            Guard guard() {
                return resilience4j(SlidingWindowSynchronizationStrategy.SYNCHRONIZED);
            }
        },
        RESILIENCE4J_LOCK_FREE {
            @Override
            Guard guard() {
                return resilience4j(SlidingWindowSynchronizationStrategy.LOCK_FREE);
            }
        },
        FAILSAFE {
            @Override
            Guard guard() {
                dev.failsafe.CircuitBreaker<Object> breaker = dev.failsafe.CircuitBreaker.builder()
                        .withFailureThreshold(WINDOW / 2, WINDOW)
                        .build();
                return () -> {
                    boolean permitted = breaker.tryAcquirePermit();
                    if (permitted) {
                        breaker.recordSuccess();
                    }
                    return permitted;
                };
            }
        };

        abstract Guard guard();

        private static Guard ours(CircuitBreaker breaker) {
            return () -> {
                Optional<CircuitBreaker.Permit> permit = breaker.tryAcquire();
                if (permit.isEmpty()) {
                    return false;
                }
                permit.get().succeeded();
                return true;
            };
        }

        private static Guard resilience4j(SlidingWindowSynchronizationStrategy strategy) {
            var breaker = io.github.resilience4j.circuitbreaker.CircuitBreaker.of(
                    "breaker",
                    CircuitBreakerConfig.custom()
                            .slidingWindow(WINDOW, WINDOW, SlidingWindowType.COUNT_BASED, strategy)
                            .build());
            return () -> {
                boolean permitted = breaker.tryAcquirePermission();
                if (permitted) {
                    // They want the duration to be measured outside; here it costs them nothing.
                    breaker.onSuccess(1, TimeUnit.MICROSECONDS);
                }
                return permitted;
            };
        }
    }

    /** Whose breaker it is. */
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
