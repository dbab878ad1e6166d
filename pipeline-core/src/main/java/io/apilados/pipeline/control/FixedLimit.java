// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/** A limit that never moves. */
record FixedLimit(int limit) implements ConcurrencyLimit {

    FixedLimit {
        if (limit < 1) {
            throw new IllegalArgumentException("concurrency limit was " + limit + " but it must be 1 or more");
        }
    }

    @Override
    public int maxLimit() {
        return limit;
    }

    @Override
    public boolean adapts() {
        return false;
    }

    @Override
    public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
        // What the destination does changes nothing here.
    }

    @Override
    public String toString() {
        return "always " + limit;
    }
}
