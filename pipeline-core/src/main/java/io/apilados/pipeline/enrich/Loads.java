// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Signal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Asks the loader, in bulk and for each key only once at a time.
 *
 * <p>A thread claims the keys that nobody is loading, loads them, and only then waits for those that others had claimed:
 * so no two threads ever wait for each other. When one that loads is interrupted, those that wait for it claim its keys;
 * when its load fails for good, they fail as well, because they would have to wait as long again.
 */
final class Loads {

    /** What the loads go into, and what they found there. */
    interface Tiers {
        @Nullable Answer peek(Object key);

        void store(Object key, Answer answer);
    }

    private final CCTsLoader loader;
    private final Tiers tiers;
    private final Freshness freshness;
    private final Scheduler scheduler;
    private final RetryPolicy retries;
    private final int largestLoad;

    private final ConcurrentMap<Object, Load> underWay = new ConcurrentHashMap<>();

    /** Keys that are held but old, to go with the next load that has room for them. */
    private final Set<Object> refreshes = ConcurrentHashMap.newKeySet();

    private final LongAdder calls = new LongAdder();
    private final LongAdder asked = new LongAdder();
    private final LongAdder found = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder coalesced = new LongAdder();

    /** What one thread is loading. Its fields are written by that thread before it is done, and read by others after. */
    private static final class Load {
        final Map<Object, Answer> answers = new HashMap<>();
        final Signal signal = new Signal();

        @Nullable Throwable failure;

        volatile boolean done;
    }

    Loads(OnDemandBuilder builder, Freshness freshness, Tiers tiers) {
        this.loader = builder.loader;
        this.tiers = tiers;
        this.freshness = freshness;
        this.scheduler = builder.scheduler;
        this.retries = builder.retries;
        this.largestLoad = builder.largestLoad;
    }

    CCTsCache.LoaderStatistics statistics() {
        return new CCTsCache.LoaderStatistics(calls.sum(), asked.sum(), found.sum(), failures.sum(), coalesced.sum());
    }

    /** Loads a key again some time; it is not asked for on its own account. */
    void refreshSoon(Object key) {
        if (refreshes.size() < largestLoad) {
            refreshes.add(key);
        }
    }

    /**
     * The answers to all of these keys.
     *
     * @throws CatalogUnavailableException if one cannot be told
     */
    Map<Object, Answer> load(Collection<Object> keys) throws InterruptedException {
        Map<Object, Answer> answers = new HashMap<>();
        Set<Object> missing = new LinkedHashSet<>(keys);
        boolean first = true;
        while (!missing.isEmpty()) {
            Load mine = new Load();
            List<Object> claimed = new ArrayList<>();
            Map<Object, Load> theirs = new LinkedHashMap<>();
            for (Object key : missing) {
                Load other = underWay.putIfAbsent(key, mine);
                if (other == null) {
                    claimed.add(key);
                } else {
                    theirs.put(key, other);
                }
            }
            if (first) {
                coalesced.add(theirs.size());
                first = false;
            }
            if (!claimed.isEmpty()) {
                run(mine, claimed);
                answers.putAll(mine.answers);
                claimed.forEach(missing::remove);
            }
            for (Map.Entry<Object, Load> other : theirs.entrySet()) {
                Answer answer = join(other.getKey(), other.getValue());
                if (answer != null) {
                    answers.put(other.getKey(), answer);
                    missing.remove(other.getKey());
                }
            }
        }
        return answers;
    }

    private void run(Load mine, List<Object> claimed) throws InterruptedException {
        try {
            Map<String, Object> wanted = new LinkedHashMap<>();
            for (Object key : claimed) {
                // Another thread may have loaded it after the tiers were asked and before it was claimed.
                Answer there = tiers.peek(key);
                if (there != null) {
                    mine.answers.put(key, there);
                } else {
                    wanted.put(Keys.text(key), key);
                }
                if (wanted.size() == largestLoad) {
                    call(wanted, mine.answers);
                    wanted.clear();
                }
            }
            if (!wanted.isEmpty()) {
                call(wanted, mine.answers);
            }
        } catch (CatalogUnavailableException | Error e) {
            mine.failure = e;
            throw e;
        } finally {
            claimed.forEach(key -> underWay.remove(key, mine));
            mine.done = true;
            mine.signal.raise();
        }
    }

    /** The answer that another thread got; null if it was interrupted before it had it. */
    private @Nullable Answer join(Object key, Load other) throws InterruptedException {
        scheduler.await(other.signal, () -> other.done);
        Answer answer = other.answers.get(key);
        Throwable failure = other.failure;
        if (answer == null && failure != null) {
            throw new CatalogUnavailableException("another thread asked the catalog for the key: " + failure, failure);
        }
        return answer;
    }

    private void call(Map<String, Object> wanted, Map<Object, Answer> answers) throws InterruptedException {
        Map<String, Object> asking = new LinkedHashMap<>(wanted);
        Set<Object> refreshed = new LinkedHashSet<>();
        for (Iterator<Object> i = refreshes.iterator(); i.hasNext() && asking.size() < largestLoad; ) {
            Object key = i.next();
            i.remove();
            if (asking.putIfAbsent(Keys.text(key), key) == null) {
                refreshed.add(key);
            }
        }
        boolean answered = false;
        try {
            Map<String, Integer> ids = patiently(Collections.unmodifiableSet(asking.keySet()));
            answered = true;
            int now = freshness.now();
            for (Map.Entry<String, Object> entry : asking.entrySet()) {
                Answer answer = new Answer(ids.getOrDefault(entry.getKey(), CCTsCache.ABSENT), now);
                tiers.store(entry.getValue(), answer);
                if (!refreshed.contains(entry.getValue())) {
                    answers.put(entry.getValue(), answer);
                }
                if (answer.isKnown()) {
                    found.increment();
                }
            }
        } finally {
            if (!answered) {
                refreshed.forEach(this::refreshSoon);
            }
        }
    }

    private Map<String, Integer> patiently(Set<String> keys) throws InterruptedException {
        long start = scheduler.nanoTime();
        for (int failed = 1; ; failed++) {
            try {
                calls.increment();
                asked.add(keys.size());
                return checked(keys, loader.load(keys));
            } catch (IOException e) {
                failures.increment();
                if (Thread.interrupted()) {
                    throw interrupted(e);
                }
                Duration spent = Duration.ofNanos(scheduler.nanoTime() - start);
                Duration wait = retries.backoff(failed, ThreadLocalRandom.current());
                if (spent.plus(wait).compareTo(retries.patience()) > 0) {
                    throw new CatalogUnavailableException(
                            "the catalog failed to answer for " + spent.toSeconds() + " s, " + failed
                                    + " times in a row (last: " + e.getClass().getSimpleName()
                                    + "), and the patience of "
                                    + retries.patience().toSeconds()
                                    + " s ends; no record was rejected for it: see the cause, and go on later",
                            e);
                }
                scheduler.pause(wait);
            } catch (RuntimeException e) {
                failures.increment();
                throw new CatalogUnavailableException(
                        "the loader of the catalog failed with " + e.getClass().getSimpleName()
                                + ", which asking again does not help; see the cause",
                        e);
            }
        }
    }

    private static InterruptedException interrupted(IOException cause) {
        InterruptedException e = new InterruptedException("interrupted while the catalog was asked");
        e.initCause(cause);
        return e;
    }

    private static Map<String, Integer> checked(Set<String> keys, Map<String, Integer> answer) {
        Map<String, Integer> ids = new HashMap<>();
        for (String key : keys) {
            Integer id = answer.get(key);
            if (id != null) {
                if (id < 0) {
                    throw new IllegalStateException("the id of a key was " + id + " but it must be 0 or more");
                }
                ids.put(key, id);
            }
        }
        return ids;
    }
}
