// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * What the JVM and the machine tell of memory; apart from what is made of it, so that tests tell it themselves. Bytes
 * throughout; {@link #UNKNOWN} where nothing is told. Safe for use by many threads.
 */
interface MemoryReadings extends AutoCloseable {

    long UNKNOWN = -1;

    long heapUsed();

    long heapCommitted();

    long heapMax();

    long nonHeap();

    long direct();

    long mapped();

    long resident();

    long containerLimit();

    /** For how many milliseconds collections have stopped all threads since the JVM began. */
    long pausedMillis();

    /** Calls {@code listener} after every collection of the old generation until closed, on a thread of the JVM's. */
    void listen(OldCollectionListener listener);

    /** Asks the JVM for a full collection, and does not wait for it. */
    void collect();

    @Override
    void close();

    /** Hears of collections of the old generation. */
    @FunctionalInterface
    interface OldCollectionListener {
        /**
         * The old generation was collected.
         *
         * @param liveSet what was left in it
         * @param max what it can hold
         * @param whole whether all of it was looked at
         */
        void collected(long liveSet, long max, boolean whole);
    }
}
