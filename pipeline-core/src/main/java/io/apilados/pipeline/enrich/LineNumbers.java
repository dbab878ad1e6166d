// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.util.Arrays;

/**
 * Which line each of many records starts on. Only the records that do not stand on the line after the one before are
 * kept, which is one in all where each record takes a line. Confined to one thread.
 */
final class LineNumbers {

    private int[] records = new int[4];
    private long[] lines = new long[4];
    private int kept;
    private int count;
    private long next;

    /** The next record starts on this line. */
    void add(long line) {
        if (count == 0 || line != next) {
            if (kept == records.length) {
                records = Arrays.copyOf(records, 2 * kept);
                lines = Arrays.copyOf(lines, 2 * kept);
            }
            records[kept] = count;
            lines[kept++] = line;
        }
        count++;
        next = line + 1;
    }

    /** How many records were added. */
    int count() {
        return count;
    }

    /** The line of a record that was added; they are counted from 0. */
    long of(int record) {
        int found = Arrays.binarySearch(records, 0, kept, record);
        int before = found >= 0 ? found : -found - 2;
        return lines[before] + record - records[before];
    }
}
