// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * Finds the limit at which the destination just begins to queue.
 *
 * <p>Why this shape: a limit judged by single samples chases noise, and one that grows until something breaks fills the
 * destination's queue first (AIMD) or never notices refusals (Gradient2). Here samples are gathered in windows, and only
 * those count that began after the limit last moved, because earlier ones measured another limit. The median of a
 * window, R, against the best of late, R0, gives the length of the queue, {@code q = L (1 - R0 / R)} [1]. Between a low
 * and a high mark the limit stays; both widen with its square root, as the spare capacity of a well-staffed server
 * does [2].
 *
 * <p>Noise decides how long a window lasts. It ends as soon as the queue is clearly on one side of both marks, as in
 * sequential testing [3], or the median is precise, and never before slow work had time to come back: sooner, the fast
 * answers alone would make a best latency that never was. The least of many noisy medians is too low, so each is
 * remembered with its error added.
 *
 * <p>Latency says nothing of refusals. One is allowed for each hundred answers; when more come, the limit falls by the
 * share that was refused, and the place is remembered as a ceiling for a while. Where falling turns out to be of no use
 * the limit goes back to where it was: see {@link Refusals}. After an outage, when all is refused, it doubles again as at
 * the start.
 *
 * <p>The best median goes stale when the destination slows down for good, and a queue that never drains hides it; so
 * now and then one window runs at a limit less the queue the marks allow.
 *
 * <p>Work of another size takes another time, which is no queue: see {@link WorkScale}.
 *
 * <p>Figures beside other algorithms are in {@code docs/concurrency.md}; the constants were tuned there.
 *
 * <ol>
 *   <li>Brakmo and Peterson, TCP Vegas: End to End Congestion Avoidance on a Global Internet, 1995
 *   <li>Halfin and Whitt, Heavy-Traffic Limits for Queues with Many Exponential Servers, 1981
 *   <li>Wald, Sequential Tests of Statistical Hypotheses, 1945
 * </ol>
 */
final class WindowedLimit implements ConcurrencyLimit {

    /** How many windows the best median is taken over: more than lie between two probes. */
    private static final int REMEMBERED_WINDOWS = 90;

    /** How many windows pass between two probes, and for how many a ceiling is remembered. */
    private static final int PROBE_EVERY = 60;

    /** After a probe that found a latency this much shorter there may be more to find, and the next follows soon. */
    private static final double CLEARLY_SHORTER = 0.9;

    private static final int PROBE_SOON = 3;

    /** How soon a probe follows work of a size that was not measured: its best latency was taken in a queue, perhaps. */
    private static final int PROBE_AFTER_NEW_WORK = 30;

    /** A probe runs at this share of the limit or less, and never under {@link #PROBE_LEAST}. */
    private static final double PROBE_MOST = 0.75;

    private static final double PROBE_LEAST = 0.5;

    /** So many standard errors is the least of sixty to ninety normal samples below their mean. */
    private static final double LEAST_OF_MANY = 2.3;

    /** The marks, as multiples of the root of the limit (of 2.2 at the least). */
    private static final double LOW_MARK = 0.675;

    private static final double HIGH_MARK = 1.575;
    private static final double LEAST_ROOT = 1 / 0.45;

    /** So many standard errors from both marks is clear of them. */
    private static final double CLEAR = 1.5;

    /** Doubling ends when it gains less than this share of what it would with capacity to spare. */
    private static final double WORTH_DOUBLING = 0.25;

    private static final long NEVER = Long.MAX_VALUE;

    /** For so many of the best latencies all is refused in an outage: whatever is served has come back by then. */
    private static final int OUTAGE_LATENCIES = 2;

    private final int min;
    private final int max;

    private double limit;
    private long changedAt = Long.MIN_VALUE;
    private int windows;
    private final LatencyWindow window = new LatencyWindow();
    private final WorkScale scale = new WorkScale();

    private boolean slowStart = true;
    private double goodputBefore;
    private double limitBefore;

    private final Refusals refusals;
    private double ceiling;
    private int ceilingWindows;
    private boolean slowStartCut;
    private boolean outage;

    /** When the first of the windows at the least limit ended in which all was refused; {@link #NEVER} if one was not. */
    private long refusedSince = NEVER;

    private final double[] medians = new double[REMEMBERED_WINDOWS];
    private int mediansSeen;
    private int windowsToProbe = PROBE_EVERY;
    private double limitBeforeProbe;
    private boolean foundShorter;

    WindowedLimit(int min, int initial, int max) {
        if (min < 1 || initial < min || max < initial) {
            throw new IllegalArgumentException("adaptive concurrency was " + min + ":" + initial + ":" + max
                    + " but it must be min:initial:max with 1 <= min <= initial <= max");
        }
        this.min = min;
        this.max = max;
        this.limit = initial;
        this.ceiling = max;
        this.refusals = new Refusals(min);
    }

    @Override
    public int limit() {
        return (int) limit;
    }

    @Override
    public int maxLimit() {
        return max;
    }

    /** How many windows have ended: the unit in which recovery is measured. */
    int windows() {
        return windows;
    }

    @Override
    public void onSample(long startNanos, long endNanos, int inFlight, boolean dropped, long work) {
        if (startNanos < changedAt) {
            return;
        }
        refusals.answered(dropped);
        double times = dropped ? 1 : scale.add(WorkScale.rung(work), endNanos - startNanos);
        if (Double.isNaN(times)) {
            windowsToProbe = Math.min(windowsToProbe, PROBE_AFTER_NEW_WORK);
            return;
        }
        window.add(startNanos, endNanos, times, dropped, inFlight >= limit());
        if (window.isDue(endNanos, limit()) && (refusals.areTooMany() || isTelling(endNanos))) {
            endWindow(endNanos);
        }
    }

    @Override
    public void onOutage() {
        outage = true;
        refusals.forget();
        window.clear();
    }

    private boolean isTelling(long now) {
        return window.isLong(now) && (slowStart || window.isPrecise(limit()) || isClearOfMarks());
    }

    private boolean isProbing() {
        return limitBeforeProbe > 0;
    }

    /** Never in a probe: what it measures is kept, so it must be precise. */
    private boolean isClearOfMarks() {
        if (isProbing()) {
            return false;
        }
        double queue = queue();
        double unsure = CLEAR * limit * window.error();
        return Math.abs(queue - mark(LOW_MARK)) > unsure && Math.abs(queue - mark(HIGH_MARK)) > unsure;
    }

    private void endWindow(long now) {
        windows++;
        double before = limit;
        if (ceilingWindows > 0 && --ceilingWindows == 0) {
            ceiling = max;
        }
        refusals.windowEnded(limit(), window.answers(), window.drops());
        watchForOutage(now);
        if (refusals.areTooMany()) {
            if (refusals.showBackground()) {
                goBack();
            } else {
                retreat();
            }
        } else {
            double bestBefore = best();
            remember();
            foundShorter = best() < CLEARLY_SHORTER * bestBefore;
            if (outage) {
                recover();
            }
            follow(now);
        }
        limit = Math.max(min, Math.min(Math.min(max, ceiling), limit));
        if ((int) limit != (int) before) {
            changedAt = now;
            scale.limitChanged();
        }
        scale.windowEnded();
        window.clear();
    }

    /** Only at the least limit, because fast refusals fill a window before anything that is served comes back. */
    private void watchForOutage(long now) {
        if (limit() > min || window.drops() < window.answers()) {
            refusedSince = NEVER;
        } else if (refusedSince == NEVER) {
            refusedSince = now;
        } else {
            outage |= now - refusedSince >= OUTAGE_LATENCIES * best();
        }
    }

    private void retreat() {
        double step = step();
        ceiling = limit - step;
        limit -= Math.max(1, limit * Math.min(0.5, refusals.beyondBackground(window.droppedShare())));
        ceiling = Math.max(min, Math.max(ceiling, limit));
        ceilingWindows = PROBE_EVERY;
        slowStartCut |= slowStart;
        slowStart = false;
        limitBeforeProbe = 0;
        refusals.retreated();
    }

    /** The retreat was of no use: refusals come whatever the limit, up to the capacity that shows among them. */
    private void goBack() {
        limit = Math.max(limit, refusals.capacity());
        ceiling = max;
        ceilingWindows = 0;
        beginSlowStart(slowStartCut || slowStart);
        limitBeforeProbe = 0;
    }

    /** What was met in an outage was no ceiling. */
    private void recover() {
        outage = false;
        ceiling = max;
        ceilingWindows = 0;
        beginSlowStart(true);
    }

    private void beginSlowStart(boolean begin) {
        slowStart = begin;
        slowStartCut = false;
        goodputBefore = 0;
    }

    private void follow(long now) {
        if (isProbing()) {
            limit = limitBeforeProbe;
            limitBeforeProbe = 0;
            if (foundShorter) {
                windowsToProbe = PROBE_SOON;
            }
            return;
        }
        if (slowStart) {
            doubleOrStop(window.goodput(now));
        } else {
            stepTowardsMarks();
        }
        if (--windowsToProbe <= 0) {
            windowsToProbe = PROBE_EVERY;
            limitBeforeProbe = limit;
            limit = Math.max(PROBE_LEAST * limit, Math.min(PROBE_MOST * limit, limit - mark(HIGH_MARK)));
        }
    }

    private void doubleOrStop(double goodput) {
        double gained = goodputBefore == 0 ? 1 : (goodput / goodputBefore - 1) / (limit / limitBefore - 1);
        if (queue() - limit * window.error() > mark(LOW_MARK) || gained < WORTH_DOUBLING) {
            slowStart = false;
        } else if (window.limitReached()) {
            goodputBefore = goodput;
            limitBefore = limit;
            limit = Math.min(max, limit * 2);
            slowStart = limit > limitBefore;
        }
    }

    /** Small steps near a mark, an eighth of the limit far from it, and one where refusals are remembered. */
    private void stepTowardsMarks() {
        double above = queue() - mark(HIGH_MARK);
        double below = mark(LOW_MARK) - queue();
        if (above > 0) {
            limit -= Math.min(step(), above + 1);
        } else if (below > 0 && window.limitReached() && !isRefusedMoreThanExpected()) {
            limit += ceiling < max ? 1 : Math.min(step(), below + 1);
        }
    }

    private boolean isRefusedMoreThanExpected() {
        return window.drops() > refusals.expected(window.answers());
    }

    private double step() {
        return Math.max(1, limit / 8);
    }

    private double mark(double mark) {
        return mark * Math.max(LEAST_ROOT, Math.sqrt(limit));
    }

    private double queue() {
        return limit * (1 - best() / Math.max(1, window.median()));
    }

    private void remember() {
        medians[mediansSeen++ % REMEMBERED_WINDOWS] = window.median() * (1 + LEAST_OF_MANY * window.error());
    }

    /** The least of the medians remembered; while there is none, that of the window itself. */
    private double best() {
        double best = mediansSeen == 0 ? window.median() : Double.MAX_VALUE;
        for (int i = 0; i < Math.min(mediansSeen, REMEMBERED_WINDOWS); i++) {
            best = Math.min(best, medians[i]);
        }
        return best;
    }

    @Override
    public String toString() {
        return "adaptive, " + min + " to " + max;
    }
}
