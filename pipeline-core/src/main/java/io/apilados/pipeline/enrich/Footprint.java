// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

/** How much memory a preloaded catalog takes. */
final class Footprint {

    /** A key and its id in a table that is filled to four fifths. */
    private static final long TABLE_BYTES = 15;

    /** A key and its id while the catalog is gathered. */
    private static final long GATHERED_BYTES = 12;

    /** A key of another form in a map; while the catalog is gathered it stands in a second one. */
    private static final long OTHER_BYTES = 112;

    /** No row is shorter: a digit, a comma, a character and the line's end. */
    private static final long SHORTEST_ROW = 4;

    private Footprint() {}

    /** What building a catalog takes at its peak, when what was gathered stands beside the table made of it. */
    static long peakBytes(long keys, long others) {
        return (TABLE_BYTES + GATHERED_BYTES) * keys + 2 * OTHER_BYTES * others;
    }

    /** The same for a CSV of this size, whatever may stand in it. */
    static long mostPeakBytes(long csvBytes) {
        long rows = csvBytes / SHORTEST_ROW;
        return peakBytes(rows, rows);
    }

    /** In millions of bytes, for messages. */
    static String megabytes(double bytes) {
        long tenths = Math.round(bytes / 1e5);
        return grouped(tenths / 10) + "." + tenths % 10 + " MB";
    }

    /**
     * A number of 0 or more with commas between its thousands. Not by a formatter, whose first use takes 15 ms of the start
     * of every run (JDK 17, measured by when classes are loaded).
     */
    static String grouped(long number) {
        StringBuilder digits = new StringBuilder().append(number);
        for (int i = digits.length() - 3; i > 0; i -= 3) {
            digits.insert(i, ',');
        }
        return digits.toString();
    }
}
