// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.control;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.AIMDLimit;
import com.netflix.concurrency.limits.limit.FixedLimit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.VegasLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import io.apilados.pipeline.control.ConcurrencyController;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import java.util.Optional;
import java.util.concurrent.Semaphore;
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
 * A permit is taken without waiting, and given back. At most 10,000 may be out, which nobody comes near; nobody waits.
 * What adapts is told that the work succeeded.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec -Dbench=permit</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class PermitBenchmark {

    private static final int MOST_IN_FLIGHT = 10_000;

    /** Whose permit it is. */
    public enum Library {
        /** A fixed limit. */
        OURS {
            @Override
            Guard guard() {
                return ours(ConcurrencyController.fixed(MOST_IN_FLIGHT));
            }
        },
        /** A limit that adapts: each permit is a sample with two readings of the clock. */
        OURS_ADAPTIVE {
            @Override
            Guard guard() {
                return ours(ConcurrencyController.adaptive(1000, MOST_IN_FLIGHT, MOST_IN_FLIGHT));
            }
        },
        /** It does not care who asked first. */
        SEMAPHORE {
            @Override
            Guard guard() {
                return semaphore(new Semaphore(MOST_IN_FLIGHT));
            }
        },
        /** First come, first served among those who wait; who does not wait may overtake them. */
        SEMAPHORE_FAIR {
            @Override
            Guard guard() {
                return semaphore(new Semaphore(MOST_IN_FLIGHT, true));
            }
        },
        RESILIENCE4J {
            @Override
            Guard guard() {
                Bulkhead bulkhead = Bulkhead.of(
                        "bulkhead",
                        BulkheadConfig.custom()
                                .maxConcurrentCalls(MOST_IN_FLIGHT)
                                .build());
                return () -> {
                    boolean permitted = bulkhead.tryAcquirePermission();
                    if (permitted) {
                        bulkhead.onComplete();
                    }
                    return permitted;
                };
            }
        },
        FAILSAFE {
            @Override
            Guard guard() {
                dev.failsafe.Bulkhead<Object> bulkhead = dev.failsafe.Bulkhead.of(MOST_IN_FLIGHT);
                return () -> {
                    boolean permitted = bulkhead.tryAcquirePermit();
                    if (permitted) {
                        bulkhead.releasePermit();
                    }
                    return permitted;
                };
            }
        },
        NETFLIX_FIXED {
            @Override
            Guard guard() {
                return netflix(FixedLimit.of(MOST_IN_FLIGHT));
            }
        },
        NETFLIX_AIMD {
            @Override
            Guard guard() {
                return netflix(AIMDLimit.newBuilder()
                        .initialLimit(MOST_IN_FLIGHT)
                        .maxLimit(MOST_IN_FLIGHT)
                        .build());
            }
        },
        NETFLIX_VEGAS {
            @Override
            Guard guard() {
                return netflix(VegasLimit.newBuilder()
                        .initialLimit(MOST_IN_FLIGHT)
                        .maxConcurrency(MOST_IN_FLIGHT)
                        .build());
            }
        },
        NETFLIX_GRADIENT2 {
            @Override
            Guard guard() {
                return netflix(Gradient2Limit.newBuilder()
                        .initialLimit(MOST_IN_FLIGHT)
                        .maxConcurrency(MOST_IN_FLIGHT)
                        .build());
            }
        };

        abstract Guard guard();

        private static Guard ours(ConcurrencyController controller) {
            return () -> {
                Optional<ConcurrencyController.Permit> permit = controller.tryAcquire();
                if (permit.isEmpty()) {
                    return false;
                }
                permit.get().succeeded();
                return true;
            };
        }

        private static Guard semaphore(Semaphore semaphore) {
            return () -> {
                boolean permitted = semaphore.tryAcquire();
                if (permitted) {
                    semaphore.release();
                }
                return permitted;
            };
        }

        private static Guard netflix(Limit limit) {
            Limiter<Object> limiter = SimpleLimiter.newBuilder().limit(limit).build();
            Object nothing = new Object();
            return () -> {
                Optional<Limiter.Listener> listener = limiter.acquire(nothing);
                if (listener.isEmpty()) {
                    return false;
                }
                listener.get().onSuccess();
                return true;
            };
        }
    }

    /** Whose permit it is. */
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
