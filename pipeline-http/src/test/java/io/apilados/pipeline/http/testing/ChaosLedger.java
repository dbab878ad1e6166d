// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http.testing;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** What has come and what was applied under one plan. Safe for use by many threads. */
final class ChaosLedger {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<ChaosMode, Long> served = new EnumMap<>(ChaosMode.class);
    private final Map<Integer, Long> statuses = new TreeMap<>();
    private final Map<String, Integer> applied = new HashMap<>();
    private final Map<String, ChaosApi.Answer> answers = new HashMap<>();
    private final Map<String, Integer> contents = new HashMap<>();
    private final Map<String, Long> promises = new HashMap<>();
    private final Set<String> inWork = new HashSet<>();
    private final List<long[]> seconds = new ArrayList<>();
    private long requests;
    private long burst;
    private long brokenPromises;
    private long reusedKeys;
    private long connections;
    private long beganNanos;

    /** The number of the next request. */
    long number() {
        return locked(() -> {
            if (requests == 0) {
                beganNanos = System.nanoTime();
            }
            return requests++;
        });
    }

    void connected() {
        locked(() -> ++connections);
    }

    void serve(ChaosMode mode) {
        locked(() -> served.merge(mode, 1L, Long::sum));
    }

    /** Begins a burst of failures of so many requests. */
    void beginBurst(int length) {
        locked(() -> burst = Math.max(burst, length));
    }

    /** Whether this request is one of a burst. */
    boolean takeBurst() {
        return locked(() -> burst > 0 && burst-- > 0);
    }

    /** A request with this key has come at that moment. */
    void arrived(String key, long nanos) {
        locked(() -> {
            Long until = promises.remove(key);
            if (until != null && nanos < until) {
                brokenPromises++;
            }
            return null;
        });
    }

    /** The key is not to come again before that moment. */
    void promised(String key, long untilNanos) {
        locked(() -> promises.put(key, untilNanos));
    }

    /** The records of a request whose body has come in whole. */
    void carried(String key, List<String> ids) {
        locked(() -> {
            Integer before = contents.putIfAbsent(key, ids.hashCode());
            if (before != null && before != ids.hashCode()) {
                reusedKeys++;
            }
            return null;
        });
    }

    void setInWork(String key) {
        locked(() -> inWork.add(key));
    }

    /** Whether the key is in work; true once only. */
    boolean takeInWork(String key) {
        return locked(() -> inWork.remove(key));
    }

    /**
     * Applies what an answer takes and remembers the answer for the key; or returns the answer that is remembered, where
     * keys are honoured.
     */
    ChaosApi.Answer apply(String key, boolean honoursKeys, Supplier<ChaosApi.Decision> decide) {
        return locked(() -> {
            ChaosApi.Answer before = honoursKeys ? answers.get(key) : null;
            if (before != null) {
                return before;
            }
            ChaosApi.Decision decision = decide.get();
            decision.taken().forEach(id -> applied.merge(id, 1, Integer::sum));
            if (honoursKeys && !decision.taken().isEmpty()) {
                answers.put(key, decision.answer());
            }
            return decision.answer();
        });
    }

    /** A request was in work from one moment to another, and was answered then. */
    void worked(long fromNanos, long toNanos, int status) {
        locked(() -> {
            statuses.merge(status, 1L, Long::sum);
            for (long at = fromNanos; at < toNanos; ) {
                long next = Math.min(toNanos, at + SECOND - (at - beganNanos) % SECOND);
                second(at)[0] += next - at;
                at = next;
            }
            long[] last = second(toNanos);
            last[1]++;
            last[2] += status == 429 || status == 503 ? 1 : 0;
            return null;
        });
    }

    /** Called with the lock held. */
    private long[] second(long nanos) {
        int index = (int) ((nanos - beganNanos) / SECOND);
        while (seconds.size() <= index) {
            seconds.add(new long[3]);
        }
        return seconds.get(index);
    }

    /** Writes all of it, line by line, as {@link ChaosApiProcess} reads it. */
    void print(PrintStream out) {
        locked(() -> {
            out.println("requests " + requests);
            served.forEach((mode, count) -> out.println("served " + mode + " " + count));
            statuses.forEach((status, count) -> out.println("status " + status + " " + count));
            out.println("broken " + brokenPromises);
            out.println("reused " + reusedKeys);
            out.println("connections " + connections);
            seconds.forEach(second -> out.println("second " + second[0] + " " + second[1] + " " + second[2]));
            applied.forEach((id, count) -> out.println("applied " + count + " " + id));
            out.println("end");
            out.flush();
            return null;
        });
    }

    private <V> V locked(Supplier<V> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }
}
