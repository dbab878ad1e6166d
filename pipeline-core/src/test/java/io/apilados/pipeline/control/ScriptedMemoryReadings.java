// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import org.jspecify.annotations.Nullable;

/** Readings that a test makes up. */
final class ScriptedMemoryReadings implements MemoryReadings {

    static final long MEGABYTE = 1 << 20;

    long heapUsed = 50 * MEGABYTE;
    long resident = 200 * MEGABYTE;
    long containerLimit = UNKNOWN;
    long pausedMillis;
    int collectionsAsked;
    int limitsRead;
    int closed;

    @Nullable RuntimeException broken;

    OldCollectionListener listener = (liveSet, max, whole) -> {};

    /** A full collection has left so many of 100 MB. */
    void left(long megabytes) {
        listener.collected(megabytes * MEGABYTE, 100 * MEGABYTE, true);
    }

    @Override
    public long heapUsed() {
        return heapUsed;
    }

    @Override
    public long heapCommitted() {
        return 60 * MEGABYTE;
    }

    @Override
    public long heapMax() {
        return 128 * MEGABYTE;
    }

    @Override
    public long nonHeap() {
        return 20 * MEGABYTE;
    }

    @Override
    public long direct() {
        return 3 * MEGABYTE;
    }

    @Override
    public long mapped() {
        return 0;
    }

    @Override
    public long resident() {
        return resident;
    }

    @Override
    public long containerLimit() {
        limitsRead++;
        return containerLimit;
    }

    @Override
    public long pausedMillis() {
        if (broken != null) {
            throw broken;
        }
        return pausedMillis;
    }

    @Override
    public void listen(OldCollectionListener listener) {
        this.listener = listener;
    }

    @Override
    public void collect() {
        collectionsAsked++;
    }

    @Override
    public void close() {
        closed++;
    }
}
