// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.util.Locale;

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
        return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
    }
}
