// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

/**
 * The places in a source behind each of which a split begins, at the first record start: multiples of a length; or, where somebody waits
 * for the first split, closer together at first: each split is as long as all before it, up to the length.
 *
 * @param from where splits begin
 * @param first the length of the first one, of {@code bytes} or less
 * @param bytes the length, 1 or more
 */
record SplitTargets(long from, long first, long bytes) {

    /** The first of growing splits is one part of so many of the others: what is found out is of use before the JVM has compiled how. */
    private static final int FIRST_SHARE = 16;

    SplitTargets {
        if (bytes < 1) {
            throw new IllegalArgumentException("targetBytes was " + bytes + " but it must be 1 or more");
        }
        if (first < 1 || first > bytes) {
            throw new IllegalArgumentException("first was " + first + " but it must be between 1 and " + bytes);
        }
    }

    /** All multiples. */
    static SplitTargets even(long bytes) {
        return new SplitTargets(0, bytes, bytes);
    }

    /** Close to each other at the beginning. */
    static SplitTargets growing(long bytes) {
        return new SplitTargets(0, Math.max(1, bytes / FIRST_SHARE), bytes);
    }

    /** The same for splits that begin there. */
    SplitTargets startingAt(long byteOffset) {
        return new SplitTargets(byteOffset, first, bytes);
    }

    /** The first one behind a place at or after the beginning. */
    long after(long byteOffset) {
        long multiple = (byteOffset / bytes + 1) * bytes;
        long behind = first;
        while (behind <= byteOffset - from && behind < bytes) {
            behind *= 2;
        }
        return behind < bytes ? Math.min(from + behind, multiple) : multiple;
    }
}
