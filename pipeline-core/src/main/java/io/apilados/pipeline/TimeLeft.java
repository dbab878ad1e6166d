// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import java.time.Duration;
import java.util.Optional;

/**
 * How long a run will still take, from how many bytes of its source are settled. Pure: it is told what time it is. Confined
 * to one thread.
 *
 * <p>The rate is a mean over time that fades: what was so long ago as a third of the run, between {@value #SHORTEST} and
 * {@value #LONGEST} seconds, counts for 1/e. It is counted from where this run began, not from the start of the source.
 *
 * <p>What is told does not flicker: it is the smoothed moment of the end, less what time it is, and where it would grow by
 * less than {@value #NOTHING_SHARE} of itself it stands still. So in a steady run it never grows; if it does, something has
 * changed, as in an outage. In a long one it would grow beyond all measure, so it is bounded by the mean of the whole run;
 * and where an estimate falls to less than half, as after an outage, it is believed at once.
 */
final class TimeLeft {

    private static final double SHORTEST = 15;
    private static final double LONGEST = 60;

    /** Nothing is told before so much time and so large a part of what was left have passed. */
    private static final double LEAST_SECONDS = 2;

    private static final double LEAST_SHARE = 0.01;

    /** However slow it was of late, the rest takes no more than so many times as long as what was settled did. */
    private static final double MOST_TIMES_THE_MEAN = 4;

    private static final double SHORTEST_SMOOTHING = 1;

    /** If it would grow by less than this it stands still. */
    private static final double NOTHING_SECONDS = 1;

    private static final double NOTHING_SHARE = 0.03;

    private final double size;
    private double begunAt = Double.NaN;
    private double firstBytes;
    private double lastAt;
    private double lastBytes;
    private double fadedBytes;
    private double fadedSeconds;
    private double expectedEnd = Double.NaN;
    private double told = Double.NaN;

    /**
     * For a source of so many bytes.
     *
     * @param sizeBytes below zero if nobody knows: then nothing is told
     */
    TimeLeft(long sizeBytes) {
        this.size = sizeBytes;
    }

    /**
     * What is left when so much is settled now.
     *
     * @return empty as long as it cannot be told
     */
    Optional<Duration> at(Duration elapsed, long bytesSettled) {
        double now = elapsed.toNanos() / 1e9;
        if (Double.isNaN(begunAt)) {
            begunAt = now;
            firstBytes = bytesSettled;
            lastAt = now;
            lastBytes = bytesSettled;
        }
        double passed = Math.max(0, now - lastAt);
        double since = now - begunAt;
        double fading = Math.exp(-passed / Math.max(SHORTEST, Math.min(LONGEST, since / 3)));
        double settled = Math.max(lastBytes, bytesSettled);
        fadedBytes = fadedBytes * fading + settled - lastBytes;
        fadedSeconds = fadedSeconds * fading + passed;
        lastAt = now;
        lastBytes = settled;
        if (size <= 0 || since < LEAST_SECONDS || settled - firstBytes < LEAST_SHARE * (size - firstBytes)) {
            return Optional.empty();
        }
        double mean = since / (settled - firstBytes);
        double ofLate = Math.min(MOST_TIMES_THE_MEAN * mean, fadedSeconds / Math.max(1e-9, fadedBytes));
        tell(now, Math.max(0, size - settled) * ofLate, passed, since);
        return Optional.of(Duration.ofMillis(Math.round(told * 1000)));
    }

    /** Smooths the moment of the end, which in a steady run does not move. */
    private void tell(double now, double estimate, double passed, double since) {
        double end = now + estimate;
        double following = 1 - Math.exp(-passed / Math.max(SHORTEST_SMOOTHING, since / 50));
        boolean anew = Double.isNaN(expectedEnd) || estimate < (expectedEnd - now) / 2;
        expectedEnd = anew ? end : expectedEnd + (end - expectedEnd) * following;
        double candidate = Math.max(0, expectedEnd - now);
        boolean grows = candidate > told && candidate - told < Math.max(NOTHING_SECONDS, NOTHING_SHARE * told);
        told = grows ? told : candidate;
    }
}
