// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.LeakVerdict.Verdict;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A process to watch, run in a JVM of its own: 100 MB/s of objects, a tenth of which live for a second, as batches in
 * flight do, beside a live set of so many MB. What happens to that is the mode:
 *
 * <ul>
 *   <li>{@code leak}: it grows by 0.7 MB/s; ends with the first suspicion.
 *   <li>{@code steady}: its entries are replaced at random.
 *   <li>{@code warmup}: a cache of 20 MB beside it fills in ten seconds, and is replaced at random from then on.
 *   <li>{@code waves}: a cache of up to 12 MB beside it grows for eight seconds and is dropped, again and again.
 * </ul>
 *
 * <p>Arguments: mode, seconds, MB live, seed. Prints one line that {@link #parse} reads.
 */
final class MemoryLoad {

    private static final int TICKS_PER_SECOND = 100;
    private static final int OBJECT = 1000;
    private static final int OBJECTS_PER_TICK = 1_048_576 / (OBJECT + 16);
    private static final int ENTRY = 1000;
    private static final int ENTRIES_PER_MB = 1_048_576 / (ENTRY + 16);
    private static final double LEAK_MB_PER_SECOND = 0.7;

    private final SplittableRandom random;
    private final List<byte[]> live = new ArrayList<>();
    private final List<byte[]> cache = new ArrayList<>();
    private final List<byte[]> leaked = new ArrayList<>();
    private final Deque<byte[]> inFlight = new ArrayDeque<>();

    private MemoryLoad(int liveMegabytes, long seed) {
        this.random = new SplittableRandom(seed);
        for (int i = 0; i < liveMegabytes * ENTRIES_PER_MB; i++) {
            live.add(new byte[ENTRY]);
        }
    }

    /**
     * How a run ended.
     *
     * @param seconds how long it took
     * @param asked how often the verdict was asked for
     * @param suspected how often it was a suspicion
     * @param growing how often growth
     * @param judged how often there was data
     * @param bytesPerSecond the slope with the last verdict
     * @param high how often the pressure was HIGH
     * @param critical how often it was CRITICAL
     */
    record Result(
            double seconds,
            long asked,
            long suspected,
            long growing,
            long judged,
            double bytesPerSecond,
            long high,
            long critical) {}

    static Result parse(String line) {
        String[] words = line.strip().split(" ");
        return new Result(
                Double.parseDouble(words[0]),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                Double.parseDouble(words[5]),
                Long.parseLong(words[6]),
                Long.parseLong(words[7]));
    }

    public static void main(String[] args) throws InterruptedException {
        Duration length = Duration.ofSeconds(Long.parseLong(args[1]));
        try (MemoryMonitor monitor = MemoryMonitor.ofDefaults()) {
            Result result =
                    new MemoryLoad(Integer.parseInt(args[2]), Long.parseLong(args[3])).run(args[0], length, monitor);
            System.out.println(result.seconds + " " + result.asked + " " + result.suspected + " " + result.growing + " "
                    + result.judged + " " + result.bytesPerSecond + " " + result.high + " " + result.critical);
        }
    }

    private Result run(String mode, Duration length, MemoryMonitor monitor) throws InterruptedException {
        Scheduler scheduler = Scheduler.system();
        Signal signal = new Signal();
        long start = scheduler.nanoTime();
        long asked = 0;
        long[] verdicts = new long[Verdict.values().length];
        long[] levels = new long[Pressure.values().length];
        LeakVerdict verdict = monitor.leak();
        for (long tick = 1; scheduler.nanoTime() - start < length.toNanos(); tick++) {
            work(mode, tick);
            if (tick % (TICKS_PER_SECOND / 10) == 0) {
                verdict = monitor.leak();
                verdicts[verdict.verdict().ordinal()]++;
                levels[monitor.pressure().ordinal()]++;
                asked++;
                if (mode.equals("leak") && verdict.verdict() == Verdict.SUSPECTED_LEAK) {
                    break;
                }
            }
            long due = start + tick * (1_000_000_000L / TICKS_PER_SECOND);
            var unused = scheduler.schedule(signal::raise, Duration.ofNanos(Math.max(0, due - scheduler.nanoTime())));
            scheduler.await(signal, () -> scheduler.nanoTime() - due >= 0);
        }
        return new Result(
                (scheduler.nanoTime() - start) / 1e9,
                asked,
                verdicts[Verdict.SUSPECTED_LEAK.ordinal()],
                verdicts[Verdict.GROWING.ordinal()],
                asked - verdicts[Verdict.INSUFFICIENT_DATA.ordinal()],
                verdict.bytesPerSecond(),
                levels[Pressure.HIGH.ordinal()],
                levels[Pressure.CRITICAL.ordinal()]);
    }

    private void work(String mode, long tick) {
        for (int i = 0; i < OBJECTS_PER_TICK; i++) {
            byte[] made = new byte[OBJECT];
            if (i % 10 == 0) {
                inFlight.add(made);
            }
        }
        while (inFlight.size() > OBJECTS_PER_TICK / 10 * TICKS_PER_SECOND) {
            inFlight.poll();
        }
        for (int i = 0; i < 10; i++) {
            replaceOne(live);
        }
        switch (mode) {
            case "leak" -> grow(leaked, tick, LEAK_MB_PER_SECOND, Integer.MAX_VALUE);
            case "warmup" -> grow(cache, tick, 2, 20);
            case "waves" -> {
                grow(cache, tick, 1.5, 12);
                if (tick % (8 * TICKS_PER_SECOND) == 0) {
                    cache.clear();
                }
            }
            default -> {
                // Steady.
            }
        }
    }

    private void replaceOne(List<byte[]> entries) {
        if (!entries.isEmpty()) {
            entries.set(random.nextInt(entries.size()), new byte[ENTRY]);
        }
    }

    private void grow(List<byte[]> entries, long tick, double megabytesPerSecond, int mostMegabytes) {
        double entriesPerTick = megabytesPerSecond * ENTRIES_PER_MB / TICKS_PER_SECOND;
        long due = (long) (tick * entriesPerTick) - (long) ((tick - 1) * entriesPerTick);
        for (long i = 0; i < due; i++) {
            if (entries.size() < (long) mostMegabytes * ENTRIES_PER_MB) {
                entries.add(new byte[ENTRY]);
            } else {
                replaceOne(entries);
            }
        }
    }
}
