// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;

/** What an axis counts, with the units that people read it in. */
enum Quantity {
    /** Whole things. */
    COUNT(1, Decimal.UNITS),
    /** Things a second. */
    RATE(1, Decimal.UNITS),
    /** Bytes. */
    BYTES(
            1024,
            List.of(
                    new Unit(1, 0, " B"),
                    new Unit(0x1p10, 0x1p10, " KiB"),
                    new Unit(0x1p20, 0x1p20, " MiB"),
                    new Unit(0x1p30, 0x1p30, " GiB"),
                    new Unit(0x1p40, 0x1p40, " TiB"),
                    new Unit(0x1p50, 0x1p50, " PiB"),
                    new Unit(0x1p60, 0x1p60, " EiB"))),
    /** How long something took, in seconds. */
    SECONDS(
            1e-3,
            List.of(
                    new Unit(1e-6, 0, " µs"),
                    new Unit(1e-3, 1e-3, " ms"),
                    new Unit(1, 1, " s"),
                    new Unit(60, 120, " min"),
                    new Unit(3600, 7200, " h")));

    private static final MathContext DIGITS = new MathContext(3, RoundingMode.HALF_EVEN);

    private final double whenZero;
    private final List<Unit> units;

    /**
     * So much of the quantity is one unit.
     *
     * @param from the least value that is written in it
     */
    record Unit(double size, double from, String name) {}

    /** Thousands get a letter once there are ten of them. */
    private static final class Decimal {
        static final List<Unit> UNITS = List.of(
                new Unit(1, 0, ""),
                new Unit(1e3, 1e4, "k"),
                new Unit(1e6, 1e7, "M"),
                new Unit(1e9, 1e10, "G"),
                new Unit(1e12, 1e13, "T"),
                new Unit(1e15, 1e16, "P"),
                new Unit(1e18, 1e19, "E"),
                new Unit(1e21, 1e22, "Z"));
    }

    Quantity(double whenZero, List<Unit> units) {
        this.whenZero = whenZero;
        this.units = units;
    }

    /** How far an axis goes on which all is zero. */
    double whenZero() {
        return whenZero;
    }

    /** The unit for an axis that goes up to {@code most}. */
    Unit unitFor(double most) {
        Unit fitting = units.get(0);
        for (Unit unit : units) {
            if (most >= unit.from) {
                fitting = unit;
            }
        }
        return fitting;
    }

    /** A value for people, with its unit: at least three digits. */
    String text(double value) {
        Unit unit = unitFor(value);
        return plain(value / unit.size) + unit.name;
    }

    private static String plain(double value) {
        if (value >= 100 || value == 0) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return BigDecimal.valueOf(value).round(DIGITS).stripTrailingZeros().toPlainString();
    }
}
