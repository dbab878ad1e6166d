// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What happens in the other processes, in the order in which it was heard of: so that a test waits for something to
 * happen and never for time to pass. Safe for use by many threads.
 */
final class Events {

    /** Nothing here takes nearly as long. */
    private static final long LIMIT_SECONDS = 120;

    private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>();

    /** Kinds of events; all but {@link #APPLIED} come with the number of a run. */
    enum Kind {
        RECEIVED,
        BUSY,
        REFUSED,
        /** Comes with the number of records applied in all. */
        APPLIED,
        /** The file of a checkpoint, a journal or a lock was made or changed. */
        CHECKPOINT,
        /** The run's process ended. */
        ENDED
    }

    private record Event(Kind kind, long number) {}

    void add(Kind kind, long number) {
        queue.add(new Event(kind, number));
    }

    /**
     * Waits until the run has seen so many events of a kind, counted from now.
     *
     * @return false if the run's process ended first
     */
    boolean await(IngestProcess run, Kind kind, int count) throws InterruptedException {
        for (int left = count; left > 0; ) {
            Event event = next(run);
            if (event == null) {
                return false;
            }
            boolean counts = event.kind == kind && (kind == Kind.CHECKPOINT || event.number == run.number());
            left -= counts ? 1 : 0;
        }
        return true;
    }

    /** Waits for so many events of whatever kind, or for the end of the run's process. */
    void awaitAny(IngestProcess run, int count) throws InterruptedException {
        for (int left = count; left > 0 && next(run) != null; ) {
            left--;
        }
    }

    /**
     * Waits until the API has applied so many records in all.
     *
     * @return false if the run's process ended first
     */
    boolean awaitApplied(IngestProcess run, long records) throws InterruptedException {
        while (true) {
            Event event = next(run);
            if (event == null) {
                return false;
            }
            if (event.kind == Kind.APPLIED && event.number >= records) {
                return true;
            }
        }
    }

    /** Null if the run's process ended. */
    private @Nullable Event next(IngestProcess run) throws InterruptedException {
        while (true) {
            Event event = queue.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("nothing happened for " + LIMIT_SECONDS + " s; " + run.describe());
            }
            if (event.kind != Kind.ENDED) {
                return event;
            }
            if (event.number == run.number()) {
                return null;
            }
        }
    }
}
