// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.Arrays;

/**
 * How many refusals are too many, and whether a lower limit is of any use against them.
 *
 * <p>An allowance grows with every answer and falls with every refusal; when it is used up there are too many (the
 * cumulative sum of Page [1]). What was saved is little, so that an old calm hides nothing new.
 *
 * <p>Not every refusal is for overload. A destination that serves C at a time refuses the share {@code 1 - C / L} when L
 * are sent at once, less if refused ones pause before they come again, and nothing from C down; a faulty proxy, or a
 * limit that others use up, refuses the same share b whatever is sent. One limit alone does not tell b from C, but the
 * limits passed on a retreat do: if refusals go on as before, only b explains them. So what each limit had refused is
 * kept from the first refusal until the allowance is full again, and b is believed when it makes what was seen so much
 * likelier than any C does without it [2]. From then on only what is refused beyond b counts.
 *
 * <p>The background follows what is refused of late, but never up: that takes new evidence. It is forgotten after a while
 * and tested anew, and never taken for more than half: where more is refused, caution is right whatever the cause.
 *
 * <ol>
 *   <li>Page, Continuous Inspection Schemes, 1954
 *   <li>Neyman and Pearson, On the Problem of the Most Efficient Tests of Statistical Hypotheses, 1933
 * </ol>
 */
final class Refusals {

    /** The share that is allowed beyond the background. */
    private static final double ALLOWED = 0.01;

    /** So many answers without a refusal fill the allowance. */
    private static final double ANSWERS_TO_FULL = 200;

    /** Less than this may be refused at the edge of overload: it is no background. */
    private static final double LEAST_BACKGROUND = 0.005;

    private static final double MOST_BACKGROUND = 0.5;

    /** A background is believed that makes what was seen so many times likelier; this is the logarithm. */
    private static final double EVIDENCE = Math.log(20);

    /** Over so many answers the share refused of late is taken. */
    private static final double ANSWERS_OF_LATE = 1000;

    /** After so many windows a background is tested anew. */
    private static final int TEST_EVERY = 600;

    /** Each capacity that is tried is so many times the next. */
    private static final double FINER = 1.02;

    /**
     * How much flatter refusals grow with the limit than if they came again at once. With a longer pause they hardly grow,
     * and it would take a deep retreat to tell that from a background; 3 is what kept refusals near those allowed before
     * destinations drawn at random.
     */
    private static final double[] PAUSES = {1, 3};

    private static final int HALVINGS = 12;

    private final int min;
    private double allowance = 1;

    private double background;
    private double ofLate;
    private double learned;
    private int windowsToTest;
    private double capacity;

    /** What was seen at each limit since the allowance was full: places up to {@link #seen} are in use. */
    private int[] limits = new int[16];

    private double[] answers = new double[16];
    private double[] refused = new double[16];
    private int seen;

    Refusals(int min) {
        this.min = min;
    }

    void answered(boolean wasRefused) {
        double earned = (ALLOWED + background) / (1 - background);
        allowance = wasRefused ? allowance - 1 : Math.min(full(), allowance + earned);
        if (background > 0) {
            ofLate += ((wasRefused ? 1 : 0) - ofLate) / ANSWERS_OF_LATE;
            background = Math.min(learned, ofLate);
        }
    }

    boolean areTooMany() {
        return allowance < 0;
    }

    /** How many of so many answers come from the background, rounded up. */
    int expected(int ofAnswers) {
        return (int) Math.ceil(background * ofAnswers);
    }

    /** What the background does not explain of a share that was refused. */
    double beyondBackground(double share) {
        return Math.max(0, share - background) / (1 - background);
    }

    /** The capacity that goes with the background learned last: the limit from which on more is refused. */
    double capacity() {
        return capacity;
    }

    void windowEnded(int limit, int windowAnswers, int windowRefused) {
        if (background > 0 && --windowsToTest <= 0) {
            background = 0;
        }
        if (allowance >= full()) {
            seen = 0;
            return;
        }
        int place = 0;
        while (place < seen && limits[place] != limit) {
            place++;
        }
        if (place == limits.length) {
            limits = Arrays.copyOf(limits, 2 * place);
            answers = Arrays.copyOf(answers, 2 * place);
            refused = Arrays.copyOf(refused, 2 * place);
        }
        if (place == seen) {
            seen++;
            limits[place] = limit;
            answers[place] = 0;
            refused[place] = 0;
        }
        answers[place] += windowAnswers;
        refused[place] += windowRefused;
    }

    /** The limit has been lowered: what was saved for the background is saved again, by half. */
    void retreated() {
        allowance = ANSWERS_TO_FULL / 2 * background;
    }

    /** What was refused was refused for another reason: it says nothing of a limit, nor of a background. */
    void forget() {
        allowance = full();
        seen = 0;
    }

    /** Whether what was seen since the allowance was full shows a background, or a greater one; then it is learned. */
    boolean showBackground() {
        double assumed = Math.max(LEAST_BACKGROUND, background);
        int highest = 0;
        int lowest = Integer.MAX_VALUE;
        for (int i = 0; i < seen; i++) {
            highest = Math.max(highest, limits[i]);
            lowest = Math.min(lowest, limits[i]);
        }
        double without = Double.NEGATIVE_INFINITY;
        double with = Double.NEGATIVE_INFINITY;
        double share = 0;
        // Half of the lowest limit seen and less would have most refused everywhere: nothing to be found there.
        for (double c = highest; c >= Math.max(min, lowest / 2.0); c /= FINER) {
            for (double pause : PAUSES) {
                without = Math.max(without, logLikelihood(assumed, c, pause));
                double likeliest = likeliestBackground(assumed, c, pause);
                double likelihood = logLikelihood(likeliest, c, pause);
                if (likelihood > with) {
                    with = likelihood;
                    share = likeliest;
                    capacity = c;
                }
            }
        }
        boolean believed = with - without >= EVIDENCE && share <= MOST_BACKGROUND;
        if (believed) {
            learn(share);
        }
        return believed;
    }

    private void learn(double share) {
        learned = share;
        ofLate = share;
        background = share;
        windowsToTest = TEST_EVERY;
        allowance = full();
        seen = 0;
    }

    /** The share that a destination serves of what it does not refuse anyway. */
    private static double fits(int limit, double c, double pause) {
        return limit <= c ? 1 : 1 / (1 + (limit - c) / (pause * c));
    }

    private double full() {
        return ANSWERS_TO_FULL * (ALLOWED + background);
    }

    private double logLikelihood(double share, double c, double pause) {
        double sum = 0;
        for (int i = 0; i < seen; i++) {
            double served = (1 - share) * fits(limits[i], c, pause);
            sum += (answers[i] - refused[i]) * Math.log(served) + refused[i] * Math.log(1 - served);
        }
        return sum;
    }

    /** Of those above {@code least}. The likelihood has one peak, so halving its range by the slope finds it. */
    private double likeliestBackground(double least, double c, double pause) {
        double from = least;
        double to = 1 - 1e-6;
        for (int halving = 0; halving < HALVINGS; halving++) {
            double share = (from + to) / 2;
            double slope = 0;
            for (int i = 0; i < seen; i++) {
                double fits = fits(limits[i], c, pause);
                slope += refused[i] * fits / (1 - (1 - share) * fits) - (answers[i] - refused[i]) / (1 - share);
            }
            if (slope > 0) {
                from = share;
            } else {
                to = share;
            }
        }
        return from;
    }
}
