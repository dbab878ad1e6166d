// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Keeps objects that are costly to make, to be used again: large buffers, compressors. Small objects are not worth it:
 * the collector takes them for less than a lock costs.
 *
 * <p>Borrowing never waits: if none is idle, one is made. How many are idle is bounded; one that comes back to a full pool
 * is let go.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> what is kept
 */
public final class ObjectPool<T> {

    private final Supplier<? extends T> factory;
    private final Consumer<? super T> reset;
    private final int maxIdle;

    /** Guarded by its monitor, which is held for a few instructions and never while something waits. */
    private final ArrayDeque<T> idle = new ArrayDeque<>();

    /**
     * An empty pool.
     *
     * @param factory makes an object when none is idle
     * @param reset makes an object that comes back as good as new; if it throws, the object is let go
     * @param maxIdle how many may be idle, 1 or more
     */
    public ObjectPool(Supplier<? extends T> factory, Consumer<? super T> reset, int maxIdle) {
        if (maxIdle < 1) {
            throw new IllegalArgumentException("maxIdle was " + maxIdle + " but it must be 1 or more");
        }
        this.factory = Objects.requireNonNull(factory, "factory");
        this.reset = Objects.requireNonNull(reset, "reset");
        this.maxIdle = maxIdle;
    }

    /** Borrows an object; give it back by closing the loan. */
    public Loan<T> borrow() {
        T object;
        synchronized (idle) {
            object = idle.poll();
        }
        return new Loan<>(this, object != null ? object : factory.get());
    }

    /** How many are idle. */
    public int idle() {
        synchronized (idle) {
            return idle.size();
        }
    }

    /** The first time alone. */
    private boolean comesBack(Loan<T> loan) {
        synchronized (idle) {
            boolean first = !loan.returned;
            loan.returned = true;
            return first;
        }
    }

    private boolean isBack(Loan<T> loan) {
        synchronized (idle) {
            return loan.returned;
        }
    }

    private void takeBack(T object) {
        reset.accept(object);
        synchronized (idle) {
            if (idle.size() < maxIdle) {
                idle.push(object);
            }
        }
    }

    /**
     * An object in use. Close it once, and do not touch the object afterwards.
     *
     * @param <T> what is kept
     */
    public static final class Loan<T> implements AutoCloseable {
        private final ObjectPool<T> pool;
        private final T object;

        /** Guarded by the pool's monitor: a batch has one object less than with an atomic variable. */
        private boolean returned;

        private Loan(ObjectPool<T> pool, T object) {
            this.pool = pool;
            this.object = object;
        }

        /**
         * The object.
         *
         * @throws IllegalStateException if it was given back
         */
        public T object() {
            if (pool.isBack(this)) {
                throw new IllegalStateException("the object was given back; borrow another");
            }
            return object;
        }

        /**
         * Gives the object back.
         *
         * @throws IllegalStateException if it was given back before: two users would share it
         */
        @Override
        public void close() {
            if (!pool.comesBack(this)) {
                throw new IllegalStateException("the object was given back twice; give each loan back once");
            }
            pool.takeBack(object);
        }
    }
}
