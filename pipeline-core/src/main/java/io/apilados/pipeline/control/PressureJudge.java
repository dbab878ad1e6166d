// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * The level of one quantity, with hysteresis, that forgets what nothing new speaks for: a level which is never confirmed
 * falls by one step. For where reading is paused little is allocated, so nothing is collected, so nobody would ever learn
 * that there is room again.
 *
 * <p>CRITICAL falls to HIGH when there is no evidence for 10 seconds, so that work goes on slowly and brings evidence
 * about; if that says CRITICAL again, it holds for twice as long the next time, until a value below its calm mark.
 * HIGH falls to NONE after 60 seconds.
 */
final class PressureJudge {

    private static final long CRITICAL_LIFE = 10_000_000_000L;
    private static final long LONGEST_CRITICAL_LIFE = 16 * CRITICAL_LIFE;
    private static final long HIGH_LIFE = 60_000_000_000L;

    private final Marks marks;
    private Pressure level = Pressure.NONE;
    private long evidenceAt;
    private long criticalLife = CRITICAL_LIFE;
    private boolean lapsed;

    /** Where the levels begin, and below which values they end. */
    record Marks(double high, double critical, double calmHigh, double calmCritical) {}

    PressureJudge(Marks marks) {
        this.marks = marks;
    }

    /** A value was measured. */
    void evidence(long nanos, double value) {
        evidenceAt = nanos;
        level = next(value);
        if (value < marks.calmCritical) {
            lapsed = false;
            criticalLife = CRITICAL_LIFE;
        } else if (lapsed && level == Pressure.CRITICAL) {
            lapsed = false;
            criticalLife = Math.min(LONGEST_CRITICAL_LIFE, 2 * criticalLife);
        }
    }

    private Pressure next(double value) {
        if (value >= marks.critical || (level == Pressure.CRITICAL && value >= marks.calmCritical)) {
            return Pressure.CRITICAL;
        }
        if (value >= marks.high || (level != Pressure.NONE && value >= marks.calmHigh)) {
            return Pressure.HIGH;
        }
        return Pressure.NONE;
    }

    /** The level at a time no earlier than that of the last evidence. */
    Pressure level(long nanos) {
        if (level == Pressure.CRITICAL && nanos - evidenceAt >= criticalLife) {
            level = Pressure.HIGH;
            lapsed = true;
            evidenceAt = nanos;
        } else if (level == Pressure.HIGH && nanos - evidenceAt >= HIGH_LIFE) {
            level = Pressure.NONE;
        }
        return level;
    }

    /** How long ago the last evidence was, or the last step down for want of it. */
    long age(long nanos) {
        return nanos - evidenceAt;
    }
}
