// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.control.Scheduler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How long answers hold, in whole seconds since the cache was made. */
final class Freshness {

    /** Stands for answers that are never refreshed ahead. */
    static final int NEVER = Integer.MAX_VALUE;

    final Scheduler scheduler;
    private final long origin;
    private final int knownFor;
    private final int unknownFor;
    private final int refreshAfter;

    Freshness(OnDemandBuilder builder) {
        scheduler = builder.scheduler;
        origin = scheduler.nanoTime();
        knownFor = seconds(builder.knownFor);
        unknownFor = seconds(builder.unknownFor);
        refreshAfter = builder.refreshAfter.isZero() ? NEVER : seconds(builder.refreshAfter);
    }

    private static int seconds(Duration duration) {
        return (int) Math.min(duration.toSeconds(), Integer.MAX_VALUE / 4);
    }

    int now() {
        return (int) TimeUnit.NANOSECONDS.toSeconds(scheduler.nanoTime() - origin);
    }

    int expiresAt(int id, int loadedAt) {
        return loadedAt + (id == CCTsCache.ABSENT ? unknownFor : knownFor);
    }

    boolean isExpired(int id, int loadedAt, int now) {
        return now >= expiresAt(id, loadedAt);
    }

    boolean isExpired(Answer answer, int now) {
        return isExpired(answer.id, answer.loadedAt, now);
    }

    boolean isStale(Answer answer, int now) {
        return refreshAfter != NEVER && now - answer.loadedAt >= refreshAfter;
    }

    /** When something next happens to an answer: it becomes stale, or else it expires. */
    int nextChange(Answer answer, int now) {
        int expiry = expiresAt(answer.id, answer.loadedAt);
        return refreshAfter == NEVER || isStale(answer, now)
                ? expiry
                : Math.min(expiry, answer.loadedAt + refreshAfter);
    }
}
