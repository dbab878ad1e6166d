// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * Finds the rate at which a destination just does not refuse; a pure function of answers.
 *
 * <p>Why a limit to concurrency does not do: where an answer takes a millisecond, one request at a time is already twenty
 * times too often for a limit of fifty a second. So there is no rate until the first refusal. Then it is cut by the share
 * that was refused, two refusals not counted because so few may be by chance, and a little at the least. A cut is judged
 * by requests that began after it, because earlier ones measured another rate.
 *
 * <p>The way up begins only when many answers in a row were good: that bounds what probing costs, to less than one refusal
 * in a hundred once settled, whatever the limit. It is made in steps that are small at first and double while nothing is
 * refused, so that a limit that was raised is found soon (the shape of CUBIC [1], in answers instead of time).
 *
 * <p>The first cut, and a deep one, rest on few answers, and on ones that came in bunches, which limits refuse first. So
 * after them the way up begins sooner, in larger steps, and from the step before after a refusal, until the limit is met.
 *
 * <p>Not every refusal is for the rate. Whoever limits a rate lets that rate through: so where the rate is well under what
 * got through before and still little is refused, refusals come by chance, and a lower rate would not help. And where
 * everything is refused the destination suffers from something else; the rate is halved while that lasts, down to a
 * point, and doubles afterwards until it is where it was.
 *
 * <ol>
 *   <li>Ha, Rhee and Xu, CUBIC: A New TCP-Friendly High-Speed TCP Variant, 2008
 * </ol>
 */
final class AdaptiveRate {

    /** No limit has shown itself. */
    static final double UNLIMITED = Double.POSITIVE_INFINITY;

    /** The least that a refusal takes off the rate. */
    private static final double LEAST_CUT = 0.03;

    /** So many refusals may be by chance. */
    private static final double TOO_FEW = 2;

    /** The rate falls to this part at most while everything is refused. */
    private static final double DEEPEST = 64;

    /** So many answers make a share that is worth something. */
    private static final int ANSWERS_FOR_SHARE = 10;

    /** Good answers in a row before the rate is raised. */
    private static final int ANSWERS_BEFORE_PROBE = 300;

    /** Answers between two steps: a burst that the destination allows hides a rate that is too high for a while. */
    private static final int ANSWERS_TO_A_STEP = 30;

    /** The first step up, as a share of the rate, and the largest. */
    private static final double FIRST_STEP = 0.01;

    private static final double LARGEST_STEP = 1;

    /** The least step while searching; each is twice the one before. */
    private static final double SEARCHING_STEP = 0.05;

    /** A step that is larger than this leaves much to search. */
    private static final double WIDE = 0.15;

    private static final int STEPS_TO_DOUBLING = 3;

    /** What a refusal takes off while probing. */
    private static final double PROBE_CUT = 0.05;

    /** A rate that was not used for the most part is not raised: nothing is known of it. */
    private static final double USED = 0.8;

    /** Below this share of what got through of late, refusals are not for the rate ... */
    private static final double FLOOR = 0.7;

    /** ... unless more than this share is refused. */
    private static final double MANY_REFUSED = 0.2;

    /** ... or more than this share of many. */
    private static final double SOME_REFUSED = 0.08;

    /** A cut by this share is deep. A limit without a burst refuses every second request of a rate that is hardly too high. */
    private static final double MOST_REFUSED = 0.6;

    /** So many. */
    private static final int ENOUGH_ANSWERS = 200;

    /** While there is no rate, so many answers are looked at together. */
    private static final int ANSWERS_OF_LATE = 100;

    /** A pause between two requests that is longer than this, and so many times as long as usual, is for another reason. */
    private static final double SHORTEST_PAUSE = 5e8;

    private static final double UNUSUAL = 10;

    /** Bounds that no sensible limit is outside of, a second. */
    private static final double LEAST_RATE = 0.1;

    private static final double MOST_RATE = 1e6;
    private static final double NANOS = 1e9;

    private double rate = UNLIMITED;

    /** Whether everything was refused, the last time that something was. */
    private boolean ending;

    private long changedAt = Long.MIN_VALUE;

    /** Of the requests that began since the rate last changed and were answered. */
    private long firstStart;

    private long lastStart;
    private int answers;
    private int refused;

    /** Good answers in a row. */
    private int good;

    private double step = FIRST_STEP;

    /** Whether the limit may be well above the rate, because a cut was deep or the first, and was not met since. */
    private boolean searching;

    /** The rate before the last step. */
    private double previous;

    /** Whether the rate was raised since it was cut last. */
    private boolean probing;

    /** Steps since the step doubled. */
    private int steps;

    /** What got through a second, at the best of late. */
    private double through;

    /** Where the rate was when everything began to be refused; 0 if it did not. */
    private double before;

    /** Where the rate was before the cuts that followed each other without some good answers in a row; 0 without cuts. */
    private double uncut;

    /** Starts a second, more than 0; {@link #UNLIMITED} as long as nothing was refused. */
    double perSecond() {
        return rate;
    }

    /**
     * A request was answered.
     *
     * @param startNanos when it began
     * @param endNanos when the answer came
     * @param wasRefused whether it was refused because there were too many
     */
    void onAnswer(long startNanos, long endNanos, boolean wasRefused) {
        if (startNanos < changedAt) {
            return;
        }
        if (answers > 1 && startNanos - lastStart > longestPause()) {
            forget(changedAt);
        }
        if (answers++ == 0) {
            firstStart = startNanos;
            lastStart = startNanos;
        }
        firstStart = Math.min(firstStart, startNanos);
        lastStart = Math.max(lastStart, startNanos);
        if (wasRefused) {
            refused++;
            good = 0;
            step = FIRST_STEP;
            steps = 0;
        } else if (++good == ANSWERS_FOR_SHARE) {
            uncut = 0;
        }
        if (refused > 0) {
            if (probing) {
                endProbing(endNanos);
            } else if (answers >= ANSWERS_FOR_SHARE) {
                cut(endNanos);
            }
        } else if (rate != UNLIMITED) {
            grow(endNanos);
        } else if (answers == ANSWERS_OF_LATE) {
            answers = 0;
        }
    }

    /**
     * The destination is out of order, and nothing is sent to it for a while: what it refused of late says nothing of a
     * rate. So the rate doubles afterwards until it is where it was.
     */
    void onOutage(long now) {
        before = Math.max(before, Math.max(uncut, rate));
        ending = true;
        probing = false;
        forget(now);
    }

    private void cut(long now) {
        uncut = Math.max(uncut, rate);
        double offered = offered();
        if (refused == answers) {
            before = Math.max(before, offered);
            ending = true;
            // Where the rate was unlimited before, what got through then is the measure.
            double floor = (before == UNLIMITED ? through : before) / DEEPEST;
            change(now, Math.min(rate, Math.max(offered / 2, floor)));
            return;
        }
        if (ending) {
            // The end of an outage looks like this once; a limit does so again.
            ending = false;
            forget(now);
            return;
        }
        before = 0;
        double share = Math.max(0, refused - TOO_FEW) / answers;
        double lower = offered * (1 - Math.max(LEAST_CUT, share));
        through = Math.max(through, offered * (answers - refused) / answers);
        searching |= rate == UNLIMITED || share >= MOST_REFUSED;
        if (lower >= FLOOR * through || share >= MANY_REFUSED) {
            through = share < SOME_REFUSED ? through : lower;
            change(now, lower);
        } else if (answers >= ENOUGH_ANSWERS) {
            // Far below what got through before, only the share of many answers tells a lower limit from chance.
            through = share < SOME_REFUSED ? through : lower;
            // Where the rate is not what held the run back, these refusals say nothing against it.
            double kept = isUsed() || rate == UNLIMITED ? offered : rate;
            change(now, share < SOME_REFUSED ? Math.min(kept, FLOOR * through) : lower);
        }
    }

    private void grow(long now) {
        if (before > rate) {
            if (good >= ANSWERS_FOR_SHARE) {
                good = 0;
                change(now, rate * 2 < MOST_RATE ? Math.min(before, rate * 2) : before);
            }
            return;
        }
        before = 0;
        if (answers >= ANSWERS_TO_A_STEP && (searching || good >= ANSWERS_BEFORE_PROBE)) {
            if (isUsed()) {
                step(now);
            } else {
                forget(now);
            }
        }
    }

    private void step(long now) {
        probing = true;
        previous = rate;
        double by = searching ? Math.max(step, SEARCHING_STEP) : step;
        if (searching || ++steps % STEPS_TO_DOUBLING == 0) {
            step = Math.min(LARGEST_STEP, 2 * by);
        }
        change(now, rate * (1 + by));
    }

    /** After a large step the limit may still be well above where it began: the search goes on from there. */
    private void endProbing(long now) {
        uncut = Math.max(uncut, rate);
        probing = false;
        searching &= rate > previous * (1 + WIDE);
        change(now, Math.min(previous, offered() * (1 - PROBE_CUT)));
    }

    /** After a longer one nothing was sent because of something else, and what was before says nothing of the rate. */
    private double longestPause() {
        double usual = (double) (lastStart - firstStart) / (answers - 1);
        return Math.max(SHORTEST_PAUSE, UNUSUAL * Math.max(usual, NANOS / rate));
    }

    private boolean isUsed() {
        return measured() >= USED * rate;
    }

    /** Requests a second: where the rate is used that is the rate, which is more precise than a measure of few. */
    private double offered() {
        boolean isRate = rate != UNLIMITED && (answers < ANSWERS_FOR_SHARE || isUsed());
        return isRate ? rate : measured();
    }

    /** Requests a second by when they began. */
    private double measured() {
        return Math.max(1, answers - 1) * NANOS / Math.max(1, lastStart - firstStart);
    }

    private void change(long now, double perSecond) {
        rate = perSecond == UNLIMITED ? UNLIMITED : Math.max(LEAST_RATE, Math.min(MOST_RATE, perSecond));
        forget(now);
    }

    private void forget(long now) {
        changedAt = now;
        answers = 0;
        refused = 0;
    }
}
