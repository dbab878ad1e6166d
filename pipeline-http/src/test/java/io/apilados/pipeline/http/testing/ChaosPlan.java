// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http.testing;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * How a {@link ChaosApi} behaves. What happens to the n-th request follows from the seed and n alone. Immutable.
 *
 * @param seed of all chance
 * @param weights how often each mode is drawn, each against the sum of all; at least one is more than 0
 * @param honoursKeys whether a key that comes again gets the answer of the first and is not applied once more
 * @param largestBatch the most records that are taken where {@link ChaosMode#TOO_LARGE} holds, 1 or more
 * @param workers how many requests are worked on at a time, the others wait; 0 means any number
 * @param service how long a worker takes, zero or more
 */
public record ChaosPlan(
        long seed,
        Map<ChaosMode, Integer> weights,
        boolean honoursKeys,
        int largestBatch,
        int workers,
        Duration service) {

    private static final int ALL = 1000;
    private static final int LARGEST_BATCH = 30;
    private static final int WORDS = 6;

    /** Spreads request numbers over the seeds (the golden ratio, as in {@link SplittableRandom} itself). */
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    public ChaosPlan {
        weights = Map.copyOf(weights);
        if (weights.values().stream().mapToInt(Integer::intValue).sum() < 1) {
            throw new IllegalArgumentException("weights were " + weights + " but one must be more than 0");
        }
    }

    /** Every request is answered at once. */
    public static ChaosPlan calm() {
        return new ChaosPlan(1, Map.of(ChaosMode.CALM, ALL), true, LARGEST_BATCH, 0, Duration.ZERO);
    }

    /** So many requests of a thousand meet one mode, the others none. */
    public static ChaosPlan only(ChaosMode mode, int permille, long seed) {
        Map<ChaosMode, Integer> weights = new EnumMap<>(ChaosMode.class);
        weights.put(ChaosMode.CALM, ALL - permille);
        weights.merge(mode, permille, Integer::sum);
        return new ChaosPlan(seed, weights, true, LARGEST_BATCH, 0, Duration.ZERO);
    }

    /** Each of these modes is met by so many requests of a thousand. */
    public static ChaosPlan mixed(Iterable<ChaosMode> modes, int permilleEach, long seed) {
        Map<ChaosMode, Integer> weights = new EnumMap<>(ChaosMode.class);
        int calm = ALL;
        for (ChaosMode mode : modes) {
            weights.put(mode, permilleEach);
            calm -= permilleEach;
        }
        weights.merge(ChaosMode.CALM, Math.max(0, calm), Integer::sum);
        return new ChaosPlan(seed, weights, true, LARGEST_BATCH, 0, Duration.ZERO);
    }

    /** The same, but a key that comes again is applied again. */
    public ChaosPlan withoutKeys() {
        return new ChaosPlan(seed, weights, false, largestBatch, workers, service);
    }

    /** The same with so many workers, each of which takes so long. */
    public ChaosPlan withWorkers(int count, Duration each) {
        return new ChaosPlan(seed, weights, honoursKeys, largestBatch, count, each);
    }

    /** The dice of a request. */
    SplittableRandom dice(long number) {
        return new SplittableRandom(seed * ALL + number * GAMMA);
    }

    ChaosMode draw(SplittableRandom dice) {
        int at = dice.nextInt(
                weights.values().stream().mapToInt(Integer::intValue).sum());
        for (ChaosMode mode : ChaosMode.values()) {
            at -= weights.getOrDefault(mode, 0);
            if (at < 0) {
                return mode;
            }
        }
        throw new AssertionError("the weights have changed");
    }

    /** Whether a batch of so many records is too large. */
    boolean isTooLarge(int records) {
        return weights.getOrDefault(ChaosMode.TOO_LARGE, 0) > 0 && records > largestBatch;
    }

    /** In one line; {@link #parse} reads it. */
    String toLine() {
        String modes = weights.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(","));
        return String.join(
                " ",
                Long.toString(seed),
                modes,
                Boolean.toString(honoursKeys),
                Integer.toString(largestBatch),
                Integer.toString(workers),
                service.toString());
    }

    static ChaosPlan parse(String line) {
        String[] words = line.split(" ", WORDS);
        Map<ChaosMode, Integer> weights = Arrays.stream(words[1].split(",", -1))
                .map(entry -> entry.split("=", 2))
                .collect(Collectors.toMap(entry -> ChaosMode.valueOf(entry[0]), entry -> Integer.valueOf(entry[1])));
        return new ChaosPlan(
                Long.parseLong(words[0]),
                weights,
                Boolean.parseBoolean(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]),
                Duration.parse(words[5]));
    }
}
