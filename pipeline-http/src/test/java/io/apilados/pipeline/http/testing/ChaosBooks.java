// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http.testing;

import java.util.List;
import java.util.Map;

/**
 * The books of a {@link ChaosApi} since its plan began. Immutable.
 *
 * @param requests requests whose head was read
 * @param served how many of them met each mode; one that is not there met none
 * @param statuses how many answers there were of each status, those included that never arrived
 * @param applied each record that was applied, by its id, and how often
 * @param brokenPromises requests that came before the time which {@code Retry-After} had named for their key
 * @param reusedKeys requests with the key of an earlier one and other records
 * @param connections connections that were accepted
 * @param seconds what the workers did in each second since the first request
 */
public record ChaosBooks(
        long requests,
        Map<ChaosMode, Long> served,
        Map<Integer, Long> statuses,
        Map<String, Integer> applied,
        long brokenPromises,
        long reusedKeys,
        long connections,
        List<Second> seconds) {

    public ChaosBooks {
        served = Map.copyOf(served);
        statuses = Map.copyOf(statuses);
        applied = Map.copyOf(applied);
        seconds = List.copyOf(seconds);
    }

    /** How many requests met a mode. */
    public long served(ChaosMode mode) {
        return served.getOrDefault(mode, 0L);
    }

    /** How many answers had a status. */
    public long answered(int status) {
        return statuses.getOrDefault(status, 0L);
    }

    /**
     * One second.
     *
     * @param busyNanos how long requests were in work in it, added up over the workers
     * @param answered how many answers were written in it
     * @param refused how many of these were a 429 or a 503
     */
    public record Second(long busyNanos, long answered, long refused) {}
}
