// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.batch.BatchSample.Outcome;
import io.apilados.pipeline.batch.DriftAlarm.Drift;
import java.util.Arrays;

/**
 * Chooses the batch size that brings the most records a second through, from how long batches took.
 *
 * <p>Sizes stand on a ladder, four rungs to an octave. One rung is home, where batches are sent. From time to time a few
 * batches are sent on another, which is then made home if the {@link GoodputCurve} through all that was seen puts it
 * higher.
 *
 * <p>Why a trial is chosen by what knowing is worth [1]: a trial costs its batches the goodput they lose, and gains, on
 * each batch of the rest of the job, the mean of what it may show. The rest is taken to be about as long as what is
 * past. This one rule climbs fast where nothing is known, prefers the nearer rungs in noise, and ends by itself. Rests
 * between trials grow with what was seen, so changes become as rare as its logarithm.
 *
 * <p>Why a trial is a short burst: with many in flight the answers come late, and all that is sent meanwhile would be on
 * trial too. Until they come, batches go out at home, and other rungs may be tried; the curve counts batches under way
 * as seen when it says how uncertain it is. A size larger than any that was accepted goes out a few batches at a time, so
 * a limit of the destination's costs few refusals.
 *
 * <p>Where a destination serves all from one queue, a batch's latency tells of the batches before it too. What it would
 * have been among its like is reckoned from who was in flight with it (see {@link QueueHypotheses}), and late trials are
 * longer by what is in flight. So a change of the number in flight does not look like a change of the size's worth, and
 * size and concurrency may be adapted at the same time without a word between them.
 *
 * <p>A batch refused for its bytes lowers the bytes that batches may have, and the rungs as well. A ceiling set from
 * outside holds at once; while it lowers the size nothing is learnt, because the batches say nothing about home.
 *
 * <p>Retried, split and partial batches are no samples. A lasting surprise (see {@link DriftAlarm}) forgets the curve; if
 * for the worse, home goes down to half or to the initial size.
 *
 * <p>The constants of this class and of the curve were searched for at random on simulated destinations, rounded, and
 * checked with other seeds; the figures are in {@code docs/batch-size.md}.
 *
 * <p>A pure function of samples: no clock, no thread, no chance. Confined to its caller.
 *
 * <p>[1] P. Frazier, W. Powell, S. Dayanik, The Knowledge-Gradient Policy for Correlated Normal Beliefs, INFORMS Journal
 * on Computing 21 (2009), 599-613.
 */
final class BatchSizer {

    private static final int RUNGS_PER_OCTAVE = 4;

    /** A rung this near to the end of the ladder is left out. */
    private static final double NEAR_END = 1.1;

    private static final int UNPROVEN_BURST = 4;
    private static final double BURST = 4;
    private static final double BURST_SHARE = 0.05;
    private static final int LATE = 60;

    /** No trial takes more batches, besides those in flight; older ones than these are forgotten by the curve. */
    private static final double MOST_BURST = 40;

    private static final int MOST_SEEN = 1500;

    private static final double HORIZON = 50;
    private static final double HORIZON_SHARE = 0.9;
    private static final double REST_SHARE = 0.27;
    private static final double STAY_SHARE = 0.12;

    private static final double WORTH_A_TRIAL = 0.014;
    private static final double WORTH_A_MOVE = 0.017;
    private static final double SURE_TO_MOVE = 1.5;
    private static final double SURE_TO_BRACKET = 1;
    private static final double MEASURED = 0.5;

    /** What was sent and never came back, as cut or split batches do, is forgotten at this pace. */
    private static final double UNDER_WAY_KEPT = 0.97;

    private static final double ANSWERED = 0.2;

    private static final double RECENT_BATCHES = 4;

    /** What of the bytes of a refused batch may still be accepted. */
    private static final double OF_REFUSED_BYTES = 0.95;

    private final int[] ladder;
    private final int initial;
    private final QueueHypotheses hypotheses;
    private final Neighbours neighbours;
    private GoodputCurve curve;
    private final DriftAlarm alarm = new DriftAlarm();
    private final double[] underWay;
    private final int[] accepted;

    private int home;
    private int trial;
    private int trialLeft;

    /** Above it batches were refused. */
    private int ceiling;

    /** The highest rung of which enough batches were accepted; -1 at first. */
    private int proven = -1;

    private int seen;
    private int sinceChange;

    private int outsideCeiling = Integer.MAX_VALUE;
    private long maxBytes;
    private long acceptedBytes;

    BatchSizer(BatchSizing sizing) {
        ladder = ladder(sizing);
        initial = Arrays.binarySearch(ladder, sizing.initial());
        home = initial;
        ceiling = ladder.length - 1;
        maxBytes = sizing.maxBytes();
        hypotheses = new QueueHypotheses(ladder, sizing.initial());
        neighbours = new Neighbours(ladder.length);
        curve = hypotheses.believed();
        underWay = new double[ladder.length];
        accepted = new int[ladder.length];
    }

    private static int[] ladder(BatchSizing sizing) {
        double step = Math.pow(2, 1.0 / RUNGS_PER_OCTAVE);
        int[] rungs = new int[128];
        int count = 0;
        rungs[count++] = sizing.min();
        for (double size = sizing.initial(); size > sizing.min() * NEAR_END; size /= step) {
            rungs[count++] = (int) Math.round(size);
        }
        rungs[count++] = sizing.initial();
        for (double size = sizing.initial() * step; size * NEAR_END < sizing.max(); size *= step) {
            rungs[count++] = (int) Math.round(size);
        }
        rungs[count++] = sizing.max();
        return Arrays.stream(rungs, 0, count).sorted().distinct().toArray();
    }

    /** How many records the next batch takes. */
    int size() {
        return Math.min(ladder[current()], outsideCeiling);
    }

    /** How many bytes it may have: what was set or what was not refused, whichever is less. */
    long maxBytes() {
        return maxBytes;
    }

    /** No batch may have more records than this, for a reason outside of the destination; 1 or more. */
    void ceiling(int records) {
        outsideCeiling = Math.max(1, records);
    }

    private boolean isHeldDown() {
        return outsideCeiling < ladder[current()];
    }

    private int current() {
        return trialLeft > 0 ? trial : home;
    }

    /** A batch was settled. */
    void onSample(BatchSample sample) {
        int rung = Arrays.binarySearch(ladder, sample.records());
        if (rung >= 0) {
            underWay[rung] = Math.max(0, underWay[rung] - 1);
        }
        if (!isHeldDown()) {
            trialLeft = Math.max(0, trialLeft - 1);
        }
        if (sample.outcome() == Outcome.TOO_LARGE) {
            lowerBytes(sample.bytes());
            lowerCeiling(sample.records());
        } else if (sample.outcome() == Outcome.CLEAN) {
            acceptedBytes = Math.max(acceptedBytes, sample.bytes());
            if (rung >= 0 && !isHeldDown()) {
                learn(rung, sample);
            }
        }
        neighbours.add(nearest(sample.records()), sample.startNanos(), sample.endNanos());
        sendNext();
    }

    private int nearest(int records) {
        int above = 0;
        while (above < ladder.length - 1 && ladder[above] < records) {
            above++;
        }
        boolean nearerBelow = above > 0 && (long) ladder[above] * ladder[above - 1] > (long) records * records;
        return nearerBelow ? above - 1 : above;
    }

    /** For each batch that ends another begins. */
    private void sendNext() {
        for (int i = 0; i < underWay.length; i++) {
            underWay[i] *= UNDER_WAY_KEPT;
        }
        if (!isHeldDown()) {
            underWay[current()]++;
        }
    }

    private void lowerBytes(long refused) {
        if (refused <= 0) {
            return;
        }
        if (refused <= acceptedBytes) {
            acceptedBytes = 0;
        }
        maxBytes = Math.min(maxBytes, Math.max(1, Math.max(acceptedBytes, (long) (OF_REFUSED_BYTES * refused))));
    }

    private void lowerCeiling(int refused) {
        while (ceiling > 0 && ladder[ceiling] >= refused) {
            ceiling--;
        }
        proven = Math.min(proven, ceiling);
        if (trial > ceiling) {
            trialLeft = 0;
        }
        if (home > ceiling) {
            moveTo(proven >= 0 ? proven : halfOf(refused));
        }
    }

    private int halfOf(int refused) {
        int half = ceiling;
        while (half > 0 && 2 * ladder[half] > refused) {
            half--;
        }
        return half;
    }

    private void learn(int rung, BatchSample sample) {
        long nanos = Math.max(1, sample.endNanos() - sample.startNanos());
        double goodput = Math.log(sample.records() / (double) nanos);
        if (++accepted[rung] >= UNPROVEN_BURST) {
            proven = Math.max(proven, Math.min(rung, ceiling));
        }
        seen = Math.min(MOST_SEEN, seen + 1);
        sinceChange++;
        double surprise = hypotheses.observe(rung, goodput, neighbours.othersWith(sample, rung));
        Drift drift = alarm.add(surprise);
        if (drift != Drift.NONE) {
            restart(rung, drift);
        }
        hypotheses.draw(underWay);
        curve = hypotheses.believed();
        if (drift == Drift.NONE && trialLeft == 0 && seen > 1) {
            decide();
        }
    }

    private void restart(int rung, Drift drift) {
        hypotheses.restart(rung, RECENT_BATCHES);
        seen = 0;
        sinceChange = 0;
        if (drift == Drift.WORSE) {
            moveTo(Math.max(0, Math.min(initial, home - RUNGS_PER_OCTAVE)));
        }
    }

    private void decide() {
        int best = best();
        if (best != home) {
            double sure = SURE_TO_MOVE * Math.sqrt(curve.variance(best, home));
            if (sinceChange >= STAY_SHARE * seen || curve.gain(best, home) > sure) {
                moveTo(best);
                return;
            }
        }
        if (sinceChange >= REST_SHARE * seen) {
            tryAnother(best);
        }
    }

    /** The measured rung that the curve puts highest; home, unless another is clearly higher. */
    private int best() {
        int best = home;
        for (int i = 0; i <= Math.max(proven, home); i++) {
            if (curve.weight(i) > MEASURED) {
                if (curve.gain(i, best) > (best == home ? WORTH_A_MOVE : 0)) {
                    best = i;
                }
            }
        }
        return best;
    }

    private void tryAnother(int best) {
        double horizon = HORIZON + HORIZON_SHARE * seen;
        double burst = Math.min(MOST_BURST, BURST + BURST_SHARE * seen);
        int top = top(best);
        double worth = 0;
        int chosen = best;
        for (int i = bottom(best); i <= top; i++) {
            if (i != best) {
                double gain = curve.gain(i, best);
                double knowing = meanAboveZero(gain - WORTH_A_TRIAL, curve.movedBy(i, best, burst));
                double net = horizon * knowing - burst * Math.max(0, -gain);
                if (net > worth) {
                    worth = net;
                    chosen = i;
                }
            }
        }
        if (chosen != best && chosen != home) {
            startTrial(chosen, burst);
        }
    }

    private void startTrial(int rung, double burst) {
        double late = seen > LATE ? neighbours.inFlight() - 1 : 0;
        double batches = rung > proven ? Math.min(burst, UNPROVEN_BURST) : burst + late;
        trial = rung;
        trialLeft = (int) Math.round(batches);
        sinceChange = 0;
    }

    /** An octave above what was measured, but not past a rung that is worse, nor past what is not answered yet. */
    private int top(int best) {
        int highest = best;
        for (int i = best + 1; i <= ceiling; i++) {
            if (worse(i, best)) {
                return Math.min(i, unanswered() ? proven : ceiling);
            }
            if (curve.weight(i) > MEASURED) {
                highest = i;
            }
        }
        return Math.min(highest + RUNGS_PER_OCTAVE, unanswered() ? proven : ceiling);
    }

    private int bottom(int best) {
        int lowest = best;
        for (int i = best - 1; i >= 0; i--) {
            if (worse(i, best)) {
                return i;
            }
            if (curve.weight(i) > MEASURED) {
                lowest = i;
            }
        }
        return Math.max(0, lowest - RUNGS_PER_OCTAVE);
    }

    private boolean worse(int rung, int best) {
        return curve.weight(rung) > MEASURED
                && -curve.gain(rung, best) > SURE_TO_BRACKET * Math.sqrt(curve.variance(rung, best));
    }

    private boolean unanswered() {
        for (int i = proven + 1; i < underWay.length; i++) {
            if (underWay[i] > ANSWERED) {
                return true;
            }
        }
        return false;
    }

    private void moveTo(int rung) {
        home = rung;
        trialLeft = 0;
        sinceChange = 0;
    }

    /**
     * Mean of what is above zero of a normal variable. The distribution's tail is formula 26.2.17 of M. Abramowitz, I. A.
     * Stegun, Handbook of Mathematical Functions, 1964.
     */
    private static double meanAboveZero(double mean, double deviation) {
        if (deviation < 1e-9) {
            return Math.max(0, mean);
        }
        double z = mean / deviation;
        double t = 1 / (1 + 0.2316419 * Math.abs(z));
        double density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
        double series = 1.781477937 + t * (-1.821255978 + t * 1.330274429);
        double tail = density * t * (0.319381530 + t * (-0.356563782 + t * series));
        return Math.max(0, mean * (z > 0 ? 1 - tail : tail) + deviation * density);
    }
}
