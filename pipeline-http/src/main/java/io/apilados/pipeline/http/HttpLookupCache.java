// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.ResponseCache;
import io.apilados.pipeline.enrich.ResponseCache.Loaded;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the answer to each key, and still asks for many at once: the keys that a {@link ResponseCache} misses are noted
 * down while all are gone through, and then asked for together. Safe for use by many threads.
 *
 * <p>A thread asks for what it noted before it waits for what others noted, so no two wait for each other.
 */
final class HttpLookupCache {

    /** Where answers come from. */
    interface Source {
        void ask(Collection<String> keys, Sink sink) throws IOException, InterruptedException;
    }

    /** Takes what a request told; safe for use by many threads. */
    interface Sink {

        /**
         * Takes it.
         *
         * @param asked for these keys
         * @param found the ids of those that are known
         * @param life how long it holds; null if nothing says so
         */
        void told(List<String> asked, Map<String, Integer> found, @Nullable Duration life);
    }

    private final Source source;
    private final ResponseCache<String, Integer> answers;

    /** What the thread noted down while it goes through its keys. */
    private final ThreadLocal<Map<String, CompletableFuture<Loaded<Integer>>>> noted = new ThreadLocal<>();

    HttpLookupCache(Source source, Duration life, long maxEntries, Scheduler scheduler) {
        this.source = source;
        this.answers = ResponseCache.builder(this::note)
                .life(life)
                .maxEntries(maxEntries)
                .scheduler(scheduler)
                .build();
    }

    private CompletableFuture<Loaded<Integer>> note(String key) {
        CompletableFuture<Loaded<Integer>> answer = new CompletableFuture<>();
        noted.get().put(key, answer);
        return answer;
    }

    Map<String, Integer> load(Collection<String> keys) throws IOException, InterruptedException {
        Map<String, CompletableFuture<Loaded<Integer>>> mine = new LinkedHashMap<>();
        Map<String, CompletableFuture<Integer>> all = new LinkedHashMap<>();
        Throwable failure = new IOException("who asked for the key was interrupted");
        try {
            noteDown(keys, mine, all);
            if (!mine.isEmpty()) {
                ask(mine);
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            throw e;
        } finally {
            // Whatever happened: somebody may wait for them.
            for (CompletableFuture<Loaded<Integer>> unanswered : mine.values()) {
                unanswered.completeExceptionally(failure);
            }
        }
        Map<String, Integer> ids = new HashMap<>();
        for (Map.Entry<String, CompletableFuture<Integer>> entry : all.entrySet()) {
            int id = joined(entry.getValue());
            if (id != CCTsCache.ABSENT) {
                ids.put(entry.getKey(), id);
            }
        }
        return ids;
    }

    private void noteDown(
            Collection<String> keys,
            Map<String, CompletableFuture<Loaded<Integer>>> mine,
            Map<String, CompletableFuture<Integer>> all) {
        noted.set(mine);
        try {
            for (String key : keys) {
                all.put(key, answers.get(key));
            }
        } finally {
            noted.remove();
        }
    }

    private void ask(Map<String, CompletableFuture<Loaded<Integer>>> mine) throws IOException, InterruptedException {
        source.ask(mine.keySet(), (asked, found, life) -> {
            for (String key : asked) {
                complete(mine, key, new Loaded<>(found.getOrDefault(key, CCTsCache.ABSENT), life));
            }
        });
        // A key that cannot be asked for is not known.
        mine.keySet().forEach(key -> complete(mine, key, Loaded.of(CCTsCache.ABSENT)));
    }

    private static void complete(
            Map<String, CompletableFuture<Loaded<Integer>>> mine, String key, Loaded<Integer> answer) {
        CompletableFuture<Loaded<Integer>> waiting = mine.get(key);
        if (waiting != null) {
            waiting.complete(answer);
        }
    }

    private static int joined(CompletableFuture<Integer> answer) throws IOException, InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            Throwable failure =
                    cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
            if (failure instanceof HttpLookupException refused) {
                throw refused;
            }
            throw new IOException("another caller asked for the key and got no answer", failure);
        }
    }

    ResponseCache.Statistics statistics() {
        return answers.statistics();
    }
}
