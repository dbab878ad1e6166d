// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

/**
 * Says when a destination is no longer the one that was measured: a two-sided CUSUM over surprises in standard
 * deviations.
 *
 * <p>Why these numbers: with an allowance of 0.6 and a threshold of 12, clipped surprises of three standard deviations
 * raise it after five batches, and noise alone about once in a million.
 *
 * <p>E. S. Page, Continuous Inspection Schemes, Biometrika 41 (1954), 100-115.
 */
final class DriftAlarm {

    private static final double ALLOWANCE = 0.6;
    private static final double THRESHOLD = 12;

    private double above;
    private double below;

    /** Which way it has gone. */
    enum Drift {
        NONE,
        BETTER,
        WORSE
    }

    /** Takes one more surprise in; an alarm begins anew. */
    Drift add(double surprise) {
        above = Math.max(0, above + surprise - ALLOWANCE);
        below = Math.max(0, below - surprise - ALLOWANCE);
        if (above <= THRESHOLD && below <= THRESHOLD) {
            return Drift.NONE;
        }
        Drift drift = below > THRESHOLD ? Drift.WORSE : Drift.BETTER;
        above = 0;
        below = 0;
        return drift;
    }
}
