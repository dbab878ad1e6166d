// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

/**
 * A sum over the keys of records that does not depend on their order: equal sets of keys have equal sums, and others
 * differ but for one chance in 2^64. It guards against mistakes, not against keys that somebody chose to collide.
 */
public final class KeySum {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private KeySum() {}

    /** The sum over the records of a batch. */
    public static long of(Batch<?> batch) {
        long sum = 0;
        for (int i = 0; i < batch.size(); i++) {
            sum += hash(batch.recordKey(i));
        }
        return sum;
    }

    /**
     * What one key adds: 64-bit FNV-1a over its characters [1], then the finalizer of SplitMix64 [2], because sums of what
     * FNV gives for neighbours cancel each other out.
     *
     * <p>[1] G. Fowler, L. C. Noll, K.-P. Vo, RFC 9923. [2] G. Steele, D. Lea, C. Flood, Fast Splittable Pseudorandom
     * Number Generators, OOPSLA 2014.
     */
    public static long hash(String key) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            hash = (hash ^ (c & 0xff)) * FNV_PRIME;
            hash = (hash ^ (c >>> 8)) * FNV_PRIME;
        }
        return mixed(hash);
    }

    /** The finalizer of SplitMix64: each bit of the result depends on every bit of the value. */
    static long mixed(long value) {
        long hash = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
        return hash ^ (hash >>> 31);
    }
}
