// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A bounded queue of samples: many put them in, one at a time takes them out, and nothing is allocated.
 *
 * <p>Each place has a turn. In round r of n places, place i may be filled at turn r n + i, and be emptied at the turn
 * after it; emptying makes it (r + 1) n + i. So a glance at one number says whether a place is free, full, or being
 * filled by somebody who has not finished.
 */
final class PendingSamples {

    private final int places;
    private final AtomicLongArray turns;
    private final AtomicLong tail = new AtomicLong();
    private volatile long head;

    private final long[] starts;
    private final long[] ends;
    private final int[] inFlights;
    private final boolean[] drops;
    private final long[] works;

    PendingSamples(int places) {
        this.places = places;
        this.turns = new AtomicLongArray(places);
        for (int i = 0; i < places; i++) {
            turns.set(i, i);
        }
        starts = new long[places];
        ends = new long[places];
        inFlights = new int[places];
        drops = new boolean[places];
        works = new long[places];
    }

    /** Puts a sample in; false if there is no room. */
    boolean offer(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
        while (true) {
            long turn = tail.get();
            int place = (int) (turn % places);
            long reached = turns.get(place);
            if (reached == turn && tail.compareAndSet(turn, turn + 1)) {
                starts[place] = startNanos;
                ends[place] = endNanos;
                inFlights[place] = inFlight;
                drops[place] = dropped;
                works[place] = work;
                turns.set(place, turn + 1);
                return true;
            }
            if (reached < turn) {
                return false;
            }
        }
    }

    /** Whether the next sample is complete. */
    boolean hasNext() {
        long next = head;
        return turns.get((int) (next % places)) == next + 1;
    }

    /** Takes out what is complete. One thread at a time. */
    void drainTo(SampledLimit limit) {
        while (hasNext()) {
            long turn = head;
            int place = (int) (turn % places);
            limit.tell(starts[place], ends[place], inFlights[place], drops[place], works[place]);
            turns.set(place, turn + places);
            head = turn + 1;
        }
    }
}
