// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A value that is loaded when it is first asked for, and again when it has become old: configuration, a token. When
 * loading it again fails, the last good value stays in use and loading is tried again a tenth of its life later.
 *
 * <p>Safe for use by many threads: one of them loads; the others take the value there is, and wait only for the very first.
 *
 * @param <T> what the value is
 */
public final class RefreshingValue<T> implements Supplier<T> {

    /** How long a value stays in use by default: five minutes. */
    public static final Duration DEFAULT_LIFE = Duration.ofMinutes(5);

    private static final int RETRIES_IN_A_LIFE = 10;

    private final Callable<? extends T> loader;
    private final long lifeNanos;
    private final Scheduler scheduler;
    private final ReentrantLock loading = new ReentrantLock();
    private volatile @Nullable Loaded<T> current;

    private record Loaded<T>(T value, long freshUntil) {}

    private RefreshingValue(Callable<? extends T> loader, Duration life, Scheduler scheduler) {
        if (life.isNegative() || life.isZero()) {
            throw new IllegalArgumentException("life was " + life + " but it must be more than zero");
        }
        this.loader = Objects.requireNonNull(loader, "loader");
        this.lifeNanos = life.toNanos();
        this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
    }

    /** A value that is five minutes in use. */
    public static <T> RefreshingValue<T> of(Callable<? extends T> loader) {
        return new RefreshingValue<>(loader, DEFAULT_LIFE, Scheduler.system());
    }

    /**
     * A value that is {@code life} in use.
     *
     * @throws IllegalArgumentException unless that is more than zero
     */
    public static <T> RefreshingValue<T> of(Callable<? extends T> loader, Duration life, Scheduler scheduler) {
        return new RefreshingValue<>(loader, life, scheduler);
    }

    /**
     * The value.
     *
     * @throws IllegalStateException if it has never been loaded and cannot be now; its cause says why, and the next call
     *     tries again
     */
    @Override
    public T get() {
        Loaded<T> loaded = current;
        if (loaded != null && isFresh(loaded)) {
            return loaded.value();
        }
        if (loaded == null) {
            return first();
        }
        if (loading.tryLock()) {
            try {
                return again(loaded);
            } finally {
                loading.unlock();
            }
        }
        return loaded.value();
    }

    private boolean isFresh(Loaded<T> loaded) {
        return scheduler.nanoTime() - loaded.freshUntil() < 0;
    }

    private T first() {
        loading.lock();
        try {
            Loaded<T> loaded = current;
            return loaded != null ? loaded.value() : load();
        } catch (Exception e) {
            throw new IllegalStateException("the value could not be loaded, and there is none from before", e);
        } finally {
            loading.unlock();
        }
    }

    private T again(Loaded<T> before) {
        Loaded<T> now = Objects.requireNonNull(current);
        if (isFresh(now)) {
            return now.value();
        }
        try {
            return load();
        } catch (Exception e) {
            // Its message may hold what was loaded.
            LoggerFactory.getLogger(RefreshingValue.class)
                    .warn(
                            "a value could not be loaded again ({}); the last good one stays",
                            e.getClass().getName());
            long later = scheduler.nanoTime() + lifeNanos / RETRIES_IN_A_LIFE;
            current = new Loaded<>(before.value(), later);
            return before.value();
        }
    }

    private T load() throws Exception {
        T value = Objects.requireNonNull(loader.call(), "the loaded value");
        current = new Loaded<>(value, scheduler.nanoTime() + lifeNanos);
        return value;
    }
}
