// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.Quantity.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An axis from zero with ticks at round numbers. Ticks are few enough, and their labels short enough, that no two labels
 * touch, whatever the numbers are.
 *
 * @param top where it ends; more than zero
 * @param title what is counted, for a time axis in which unit
 * @param ticks from zero upwards, none beyond the top
 */
record Axis(double top, String title, List<Tick> ticks) {

    private static final int INTERVALS_UPWARDS = 4;
    private static final int INTERVALS_OF_TIME = 6;

    private static final double[] OF_TEN = {1, 2, 5, 10};
    private static final double[] OF_SIXTY = {1, 2, 5, 10, 15, 20, 30, 60, 120};
    private static final double[] OF_A_DAY = {1, 2, 3, 6, 12, 24};

    /** A place and what stands there. */
    record Tick(double at, String label) {}

    Axis {
        ticks = List.copyOf(ticks);
    }

    /** Upwards to the first round number that is no less than {@code most}. */
    static Axis upTo(double most, Quantity quantity) {
        double wanted = most > 0 ? Math.max(most, quantity.whenZero() * 1e-3) : quantity.whenZero();
        Unit unit = quantity.unitFor(wanted);
        double step = decimalStep(wanted / unit.size(), INTERVALS_UPWARDS);
        if (quantity == Quantity.COUNT) {
            step = Math.max(step, 1 / unit.size());
        }
        int intervals = (int) Math.max(1, Math.ceil(wanted / unit.size() / step - 1e-9));
        List<Tick> ticks = new ArrayList<>();
        for (int i = 0; i <= intervals; i++) {
            ticks.add(new Tick(i * step * unit.size(), i == 0 ? "0" : label(i * step, step) + unit.name()));
        }
        return new Axis(intervals * step * unit.size(), "", ticks);
    }

    /** The time of a run that took so many seconds, more than zero. */
    static Axis ofTime(double seconds) {
        double unit;
        String title;
        double[] round = {};
        if (seconds <= 2) {
            unit = 1e-3;
            title = "milliseconds";
        } else if (seconds <= 180) {
            unit = 1;
            title = "seconds";
            round = OF_SIXTY;
        } else if (seconds <= 3 * 3600) {
            unit = 60;
            title = "minutes";
            round = OF_SIXTY;
        } else if (seconds <= 3 * 86_400) {
            unit = 3600;
            title = "hours";
            round = OF_A_DAY;
        } else {
            unit = 86_400;
            title = "days";
        }
        double span = seconds / unit;
        double step = roundStep(span, round);
        List<Tick> ticks = new ArrayList<>();
        for (int i = 0; i * step <= span * (1 + 1e-9); i++) {
            ticks.add(new Tick(Math.min(i * step * unit, seconds), label(i * step, step)));
        }
        return new Axis(seconds, title, ticks);
    }

    private static double roundStep(double span, double[] round) {
        for (double step : round) {
            if (span / step <= INTERVALS_OF_TIME) {
                return step;
            }
        }
        return decimalStep(span, INTERVALS_OF_TIME);
    }

    /** The smallest of 1, 2 and 5 times a power of ten that goes into {@code span} no more than so many times. */
    private static double decimalStep(double span, int intervals) {
        double power = Math.pow(10, Math.floor(Math.log10(span / intervals)));
        for (double factor : OF_TEN) {
            if (span / (factor * power) <= intervals + 1e-9) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private static String label(double value, double step) {
        if (value >= 1e6) {
            return Quantity.COUNT.text(value);
        }
        int decimals = (int) Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
