// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A few calls that wait for a thread that is at work, because to wake another costs more than the moment until then. A call is put
 * off only while others are under way, calls lately took no longer than {@link #SHORT_NANOS}, and whoever makes calls goes on
 * making them; before he waits, what was put off is given to other threads. So a call to a distant server is not put off, and
 * as many calls are under way as may be where that is what limits.
 *
 * <p>Safe for use by many threads.
 */
final class Backlog {

    /** With so many calls put off, no other is; those that come at the same moment may be one more each. */
    static final int MOST = 3;

    /** Twenty times what it costs to wake a thread, and the one that wakes it: where a call takes longer, that does not count. */
    static final long SHORT_NANOS = 1_000_000;

    /** One call changes the mean by this part of the difference. */
    private static final int WEIGHT = 8;

    /** A call counts as no longer than this: one pause of the JVM says little of the next calls. */
    private static final long LONGEST_NANOS = 4 * SHORT_NANOS;

    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger atWork = new AtomicInteger();

    /** How long calls took lately: an exponentially weighted mean, long as long as little is known. */
    private final AtomicLong lately = new AtomicLong(LONGEST_NANOS);

    private volatile boolean moreFollow;

    /** What {@link BatchDelivery#moreFollow} says. */
    void moreFollow(boolean more) {
        moreFollow = more;
    }

    /** A thread begins to make calls. */
    void threadBegins() {
        atWork.incrementAndGet();
    }

    /** It makes no further call by itself: it looks for the {@link #next} before it sleeps. */
    void threadEnds() {
        atWork.decrementAndGet();
    }

    /** A call took so long. What others tell at the same moment may be lost. */
    void lasted(long nanos) {
        long mean = lately.get();
        lately.set(mean + (Math.min(nanos, LONGEST_NANOS) - mean) / WEIGHT);
    }

    /** Takes a call that can wait; false if it has to begin now. */
    boolean puts(Runnable call) {
        if (!canWait() || lately.get() > SHORT_NANOS || calls.size() >= MOST) {
            return false;
        }
        calls.add(call);
        // Whoever was at work may have looked before the call was here, and will not look again.
        return canWait() || !calls.remove(call);
    }

    private boolean canWait() {
        return moreFollow && atWork.get() > 0;
    }

    /** A call that was put off; null if there is none. */
    @Nullable Runnable next() {
        return calls.poll();
    }

    boolean isEmpty() {
        return calls.isEmpty();
    }
}
