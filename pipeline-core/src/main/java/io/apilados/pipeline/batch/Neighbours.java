// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import java.util.Arrays;

/** The batches that ended last, to tell which of them were in flight when another began. */
final class Neighbours {

    private static final int REMEMBERED = 256;

    private static final double PACE_SHARE = 0.05;
    private static final double MOST_IN_FLIGHT = 64;

    private final long[] starts = new long[REMEMBERED];
    private final long[] ends = new long[REMEMBERED];
    private final int[] rungs = new int[REMEMBERED];
    private final double[] others;
    private int added;
    private double latency;
    private double gap;

    Neighbours(int rungs) {
        others = new double[rungs];
    }

    void add(int rung, long startNanos, long endNanos) {
        if (added > 0) {
            latency += PACE_SHARE * (endNanos - startNanos - latency);
            gap += PACE_SHARE * (Math.max(0, endNanos - ends[(added - 1) % REMEMBERED]) - gap);
        }
        int at = added++ % REMEMBERED;
        starts[at] = startNanos;
        ends[at] = endNanos;
        rungs[at] = rung;
    }

    /** By Little's law, where nobody counted. */
    double inFlight() {
        return gap <= 0 ? 1 : Math.max(1, Math.min(latency / gap, MOST_IN_FLIGHT));
    }

    /** How many others of each rung; those not back yet are taken to be like those that are. Valid until the next call. */
    double[] othersWith(BatchSample sample, int rung) {
        Arrays.fill(others, 0);
        int found = 0;
        for (int i = added - 1; i >= Math.max(0, added - REMEMBERED); i--) {
            int at = i % REMEMBERED;
            if (ends[at] <= sample.startNanos()) {
                break;
            }
            if (starts[at] <= sample.startNanos()) {
                others[rungs[at]]++;
                found++;
            }
        }
        double count = (sample.inFlight() > 0 ? sample.inFlight() : inFlight()) - 1;
        if (found == 0) {
            others[rung] = count;
        } else {
            for (int i = 0; i < others.length; i++) {
                others[i] *= count / found;
            }
        }
        return others;
    }
}
