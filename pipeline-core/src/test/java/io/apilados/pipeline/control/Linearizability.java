// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * Runs operations of a test class on a few threads at once, in scenarios made at random from a fixed seed, and asks of
 * each run whether its results could have come from the same operations one after the other, on a plain sequential model.
 *
 * <p>Stress mode runs each scenario many times on real threads. Model checking runs it on one thread at a time and tries
 * the places where another could have taken over, so that what it finds it finds each time. See Koval et al.: Lincheck, a
 * practical framework for testing concurrent data structures on JVM, CAV 2023.
 */
final class Linearizability {

    private Linearizability() {}

    /** About two seconds. */
    static void check(Class<?> operations, Class<?> model) {
        bounded(new StressOptions(), model, 2, 2, 50).check(operations);
        modelCheck(operations, model);
    }

    /** About a minute. */
    static void checkLong(Class<?> operations, Class<?> model) {
        bounded(new StressOptions(), model, 3, 20, 1_000).check(operations);
        bounded(new ModelCheckingOptions(), model, 3, 30, 1_000).check(operations);
    }

    /** Model checking only. About a second. */
    static void modelCheck(Class<?> operations, Class<?> model) {
        bounded(new ModelCheckingOptions(), model, 2, 6, 60).check(operations);
    }

    private static <O extends Options<O, ?>> O bounded(
            O options, Class<?> model, int callsOfEach, int scenarios, int runs) {
        return options.threads(3)
                .actorsBefore(0)
                .actorsPerThread(callsOfEach)
                .actorsAfter(1)
                .iterations(scenarios)
                .invocationsPerIteration(runs)
                .sequentialSpecification(model);
    }

    /** Time that stands still: whatever is put off never happens. */
    static final class StoppedClock implements Scheduler {
        private volatile long now;

        /** Lets time pass; only before the threads begin. */
        void set(long nanos) {
            now = nanos;
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public long epochMillis() {
            return now / 1_000_000;
        }

        @Override
        public Cancellable schedule(Runnable task, Duration delay) {
            return () -> {};
        }

        @Override
        public void await(Signal signal, BooleanSupplier condition) {
            throw new UnsupportedOperationException("nobody waits while time stands still");
        }
    }
}
