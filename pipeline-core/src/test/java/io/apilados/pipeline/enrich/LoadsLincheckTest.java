// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.Lincheck;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** However threads that want the same keys interleave, each key is asked for once, and everybody gets every answer. */
@Tag("proof")
class LoadsLincheckTest {

    private static final List<Object> FIRST = List.of("a", "b");
    private static final List<Object> SECOND = List.of("b", "c");

    @Test
    void eachKeyIsLoadedOnceUnderAnyInterleaving() {
        Lincheck.runConcurrentTest(40, LoadsLincheckTest::twoWantKeysOfWhichOneIsTheSame);
    }

    @Test
    @Tag("slow")
    void eachKeyIsLoadedOnceUnderManyMoreInterleavings() {
        Lincheck.runConcurrentTest(20_000, LoadsLincheckTest::twoWantKeysOfWhichOneIsTheSame);
    }

    private static void twoWantKeysOfWhichOneIsTheSame() {
        ConcurrentMap<String, AtomicInteger> asked = new ConcurrentHashMap<>();
        Map<String, Integer> ids = Map.of("a", 1, "b", 2, "c", 3);
        CCTsLoader loader = keys -> {
            Map<String, Integer> found = new HashMap<>();
            for (String key : keys) {
                asked.computeIfAbsent(key, first -> new AtomicInteger()).incrementAndGet();
                found.put(key, ids.get(key));
            }
            return found;
        };
        OnDemandBuilder settings = CCTsCache.onDemand(loader);
        Held held = new Held();
        Loads loads = new Loads(settings, new Freshness(settings), held);
        Map<Object, Answer> other = new HashMap<>();
        Thread thread = new Thread(() -> other.putAll(load(loads, SECOND)));
        thread.start();
        Map<Object, Answer> mine = load(loads, FIRST);
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        require(mine.keySet().equals(Set.copyOf(FIRST)), "the first has its answers");
        require(other.keySet().equals(Set.copyOf(SECOND)), "the second has its answers");
        require(isAnswer(mine, "b", 2) && isAnswer(other, "b", 2) && isAnswer(other, "c", 3), "they are right");
        require(asked.size() == 3, "every key was asked for");
        for (AtomicInteger times : asked.values()) {
            require(times.get() == 1, "each was asked for once");
        }
    }

    private static boolean isAnswer(Map<Object, Answer> answers, String key, int id) {
        Answer answer = answers.get(key);
        return answer != null && answer.id == id;
    }

    private static Map<Object, Answer> load(Loads loads, List<Object> keys) {
        try {
            return loads.load(keys);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Not AssertJ's: its objects cannot be compared, which the model checker does with all it meets. */
    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("does not hold: " + what);
        }
    }

    private static final class Held implements Loads.Tiers {
        private final ConcurrentMap<Object, Answer> answers = new ConcurrentHashMap<>();

        @Override
        public @Nullable Answer peek(Object key) {
            return answers.get(key);
        }

        @Override
        public void store(Object key, Answer answer) {
            answers.put(key, answer);
        }
    }
}
