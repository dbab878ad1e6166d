// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.batch.Batch;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Remembers which records may have been sent without a clear answer: the last 65,536 of them, by a hash of their key. One that is
 * forgotten is rejected rather than taken for delivered. Safe for use by many threads.
 */
final class SentBefore {

    static final int MOST = 1 << 16;

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final Set<Long> keys = new LinkedHashSet<>();
    private final ReentrantLock lock = new ReentrantLock();

    void add(Batch<?> batch) {
        lock.lock();
        try {
            for (int i = 0; i < batch.size(); i++) {
                keys.add(hash(batch.recordKey(i)));
            }
            Iterator<Long> oldest = keys.iterator();
            while (keys.size() > MOST) {
                oldest.next();
                oldest.remove();
            }
        } finally {
            lock.unlock();
        }
    }

    boolean contains(String recordKey) {
        lock.lock();
        try {
            return keys.contains(hash(recordKey));
        } finally {
            lock.unlock();
        }
    }

    /** FNV-1a, 64 bits: of 65,536 keys two share a hash with a chance of one in eight thousand million. */
    private static long hash(String key) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < key.length(); i++) {
            hash = (hash ^ key.charAt(i)) * FNV_PRIME;
        }
        return hash;
    }
}
