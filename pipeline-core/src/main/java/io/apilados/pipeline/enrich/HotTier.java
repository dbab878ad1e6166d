// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.apilados.pipeline.control.Scheduler;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys that are asked for most: a Caffeine cache, which keeps them by W-TinyLFU, keyed by a {@link Long} for a key of
 * the usual form and by a {@link String} for any other.
 *
 * <p>A lookup does not read the clock, which would cost nearly as much as the lookup: what expires is taken out by a
 * task that is scheduled for the moment the first answer does, at the latest a second after it. Such a task does not
 * keep the cache alive. Caffeine's upkeep is left to the common pool, as by default: done by the thread that looks up, it
 * took half as much time again as the lookup itself. Safe for use by many threads.
 */
final class HotTier {

    private static final int NONE = Integer.MAX_VALUE;

    private final int capacity;
    private final Cache<Object, Answer> answers;
    private final Freshness freshness;

    /** Guards {@link #sweepAt}. */
    private final ReentrantLock lock = new ReentrantLock();

    /** When the next task looks for expired answers, in seconds; {@link #NONE} if nothing is scheduled. */
    private volatile int sweepAt = NONE;

    /** The tier, handing what it has no more room for to {@code evicted}. */
    HotTier(int capacity, Freshness freshness, BiConsumer<Object, Answer> evicted) {
        this.capacity = capacity;
        this.freshness = freshness;
        this.answers = Caffeine.newBuilder()
                .maximumSize(capacity)
                .evictionListener((@Nullable Object key, @Nullable Answer answer, RemovalCause cause) -> {
                    if (key != null && answer != null) {
                        evicted.accept(key, answer);
                    }
                })
                .build();
    }

    @Nullable Answer get(Object key) {
        return answers.getIfPresent(key);
    }

    /** The same without counting as a use. */
    @Nullable Answer peek(Object key) {
        return answers.policy().getIfPresentQuietly(key);
    }

    void put(Object key, Answer answer) {
        answers.put(key, answer);
        sweepNoLaterThan(freshness.nextChange(answer, freshness.now()));
    }

    /** Gives a key that is here its new answer; changes nothing otherwise. */
    void replace(Object key, Answer answer) {
        if (answers.asMap().replace(key, answer) != null) {
            sweepNoLaterThan(freshness.nextChange(answer, freshness.now()));
        }
    }

    int capacity() {
        return capacity;
    }

    int size() {
        answers.cleanUp();
        return Math.toIntExact(answers.estimatedSize());
    }

    Map<Object, Answer> entries() {
        return Map.copyOf(answers.asMap());
    }

    private void sweepNoLaterThan(int moment) {
        if (moment >= sweepAt) {
            return;
        }
        lock.lock();
        try {
            if (moment < sweepAt) {
                sweepAt = moment;
                schedule(freshness.scheduler, moment - freshness.now(), new WeakReference<>(this));
            }
        } finally {
            lock.unlock();
        }
    }

    private static void schedule(Scheduler scheduler, int seconds, WeakReference<HotTier> tier) {
        scheduler.schedule(
                () -> {
                    HotTier alive = tier.get();
                    if (alive != null) {
                        alive.sweep();
                    }
                },
                Duration.ofSeconds(Math.max(1, seconds)));
    }

    private void sweep() {
        sweepAt = NONE;
        int now = freshness.now();
        int next = NONE;
        for (Map.Entry<Object, Answer> entry : answers.asMap().entrySet()) {
            Answer answer = entry.getValue();
            if (freshness.isExpired(answer, now)) {
                answers.asMap().remove(entry.getKey(), answer);
            } else {
                answer.stale = freshness.isStale(answer, now);
                next = Math.min(next, freshness.nextChange(answer, now));
            }
        }
        if (next != NONE) {
            sweepNoLaterThan(next);
        }
    }
}
