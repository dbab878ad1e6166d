// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A part that waits for the right to be sent, or for its next attempt. It ends once: by going on, by a stop, or because
 * its patience ends.
 *
 * @param <T> what a record is
 */
final class Waiting<T> {

    private static final Runnable NOTHING = () -> {};

    private final Deliverer<T> deliverer;
    private final Part<T> part;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile Runnable leave = NOTHING;
    private volatile @Nullable Cancellable timer;

    Waiting(Deliverer<T> deliverer, Part<T> part) {
        this.deliverer = deliverer;
        this.part = part;
    }

    /** A timer that is of no use once the waiting has ended. */
    void onEnd(Cancellable cancellable) {
        timer = cancellable;
    }

    /** How to leave the queue, for a part that does not go on. */
    void onLeaving(Runnable action) {
        leave = action;
    }

    /** From now on a stop finds it; and one that came before does, too. */
    void begin() {
        if (!ended.get()) {
            deliverer.waiting.add(this);
            if (ended.get()) {
                deliverer.waiting.remove(this);
            } else if (deliverer.stopped) {
                abandon();
            }
        }
    }

    /** Whether the part goes on; false if it was abandoned. */
    boolean ends() {
        boolean first = ended.compareAndSet(false, true);
        if (first) {
            deliverer.waiting.remove(this);
            Cancellable scheduled = timer;
            if (scheduled != null) {
                scheduled.cancel();
            }
        }
        return first;
    }

    /** Ends without going on; false if it has ended before. */
    boolean leaves() {
        boolean first = ends();
        if (first) {
            leave.run();
        }
        return first;
    }

    void abandon() {
        if (leaves()) {
            part.abandoned();
        }
    }
}
