// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

/**
 * A hash of where the records of a batch are, which grows with each: what it costs is paid where the record is at hand
 * anyway, and the JVM compiles no loop for it.
 */
final class Members {

    /** By which SplitMix64 steps: 2^64 divided by the golden ratio. */
    private static final long SPREAD = 0x9e3779b97f4a7c15L;

    /** Of no records. Not zero, because the finalizer makes zero of it. */
    static final long NONE = SPREAD;

    private Members() {}

    /** The same with one more record, which begins at that byte. */
    static long with(long members, long byteOffset) {
        return KeySum.mixed(members ^ byteOffset);
    }

    /** What {@link Batch#members()} says of so many records. */
    static long of(long members, int count) {
        return KeySum.mixed(members + count * SPREAD);
    }
}
