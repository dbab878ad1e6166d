// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A part that waits for a slot, for a moment or for its next attempt. It ends once: by going on or by a stop.
 *
 * @param <T> what a record is
 */
final class Waiting<T> {
    private final Deliverer<T> deliverer;
    private final Part<T> part;
    private final Runnable release;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable Cancellable timer;

    Waiting(Deliverer<T> deliverer, Part<T> part, Runnable release) {
        this.deliverer = deliverer;
        this.part = part;
        this.release = release;
    }

    void onCancel(Cancellable cancellable) {
        timer = cancellable;
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

    void abandon() {
        if (ends()) {
            release.run();
            part.abandoned();
        }
    }
}
