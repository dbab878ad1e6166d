// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

/**
 * Goes over records from a place between two of them, and notes where they start. It looks only at line ends, quotes
 * and escapes, and goes over a record once more, to count its fields, only where that takes several lines.
 */
final class RecordRun {

    private final ByteFinder finder;
    private final int delimiter;
    private final int quote;
    private final int escape;

    /** Where the run began. */
    int start;

    /** The line ends up to the end, or up to a broken quote. */
    long lines;

    long records;
    int first = -1;
    long firstLine;
    int last = -1;
    long lastLine;
    int longest;

    /** Whether the last record has not ended, or is broken. */
    boolean open;

    /** Whether a quote is broken in the last record. */
    boolean broken;

    /** Whether a line has ended with a carriage return that is the last byte. */
    boolean returnLast;

    /** The least number of fields of the whole records that take several lines. */
    long leastFields = Long.MAX_VALUE;

    long mostFields;

    private long linesInside;
    private boolean severalLines;

    RecordRun(ByteFinder finder, int delimiter, int quote, int escape) {
        this.finder = finder;
        this.delimiter = delimiter;
        this.quote = quote;
        this.escape = escape;
    }

    void scan(byte[] b, int from, int to) {
        start = from;
        long ends = 0;
        long count = 0;
        int p = from;
        while (p < to) {
            byte c = b[p];
            if (c != '\n' && c != '\r') {
                if (last < 0) {
                    first = p;
                    firstLine = ends;
                } else if (p - last > longest) {
                    longest = p - last;
                }
                last = p;
                lastLine = ends;
                count++;
                int end = recordEnd(b, p, to);
                ends += linesInside;
                linesInside = 0;
                if (end >= to || end < 0) {
                    open = true;
                    broken = end < 0;
                    break;
                }
                if (severalLines) {
                    long fields = countFields(b, p, end);
                    leastFields = Math.min(leastFields, fields);
                    mostFields = Math.max(mostFields, fields);
                    // Counting went over the same line ends once more.
                    severalLines = false;
                    linesInside = 0;
                }
                p = end;
                c = b[p];
                if (c == '\n' && b[p - 1] == '\r') {
                    // The escaped carriage return before it has been counted.
                    ends--;
                }
            }
            ends++;
            p++;
            if (c == '\r') {
                if (p == to) {
                    returnLast = true;
                } else if (b[p] == '\n') {
                    p++;
                }
            }
        }
        records = count;
        lines = ends;
    }

    /** Where the line end of a record is; {@code to} if that is not before it; -1 if a quote is broken. */
    private int recordEnd(byte[] b, int recordStart, int to) {
        int p = recordStart;
        while (true) {
            if (b[p] != quote) {
                p = unquoted(b, p, to);
                if (p >= to || b[p] != quote) {
                    return p;
                }
            }
            p = quoted(b, p, to);
            if (p < 0 || p >= to || b[p] != delimiter) {
                return p;
            }
            p++;
            if (p >= to) {
                return to;
            }
        }
    }

    /** Where the first line end or opening quote is after {@code from}, which begins an unquoted field; or {@code to}. */
    private int unquoted(byte[] b, int from, int to) {
        int escaped = -1;
        int p = finder.next(b, from, to);
        while (p < to) {
            byte c = b[p];
            if (c == '\n' || c == '\r') {
                return p;
            }
            if (c == quote) {
                if (b[p - 1] == delimiter && p - 1 != escaped) {
                    return p;
                }
                p = finder.next(b, p + 1, to);
            } else {
                escaped = p + 1;
                if (escaped >= to) {
                    return to;
                }
                if (b[escaped] == '\n' || b[escaped] == '\r') {
                    severalLines = true;
                    linesInside++;
                }
                p = finder.next(b, p + 2, to);
            }
        }
        return to;
    }

    /**
     * Where the delimiter or line end is after a field whose quote is at {@code opening}; {@code to} if that is not before
     * it; -1 if the quote is broken.
     */
    private int quoted(byte[] b, int opening, int to) {
        int p = opening + 1;
        while (true) {
            p = finder.next(b, p, to);
            if (p >= to) {
                return to;
            }
            byte c = b[p];
            p++;
            if (c == quote) {
                if (p >= to) {
                    return to;
                }
                if (b[p] == quote) {
                    p++;
                    continue;
                }
                return afterQuote(b, p, to);
            }
            if (c == '\n' || c == '\r') {
                severalLines = true;
                linesInside += c == '\r' || b[p - 2] != '\r' ? 1 : 0;
            } else if (p < to && (b[p] == quote || b[p] == escape)) {
                // An escape takes the meaning away from a quote or another escape, and from nothing else.
                p++;
            }
        }
    }

    private int afterQuote(byte[] b, int from, int to) {
        int p = from;
        while ((b[p] == ' ' || b[p] == '\t') && b[p] != delimiter) {
            p++;
            if (p >= to) {
                return to;
            }
        }
        return b[p] == delimiter || b[p] == '\n' || b[p] == '\r' ? p : -1;
    }

    /** The fields of a whole record, which ends at {@code end}. */
    private long countFields(byte[] b, int recordStart, int end) {
        long fields = 1;
        int p = recordStart;
        while (p < end) {
            if (b[p] == quote) {
                p = quoted(b, p, end);
            }
            p = finder.nextInField(b, p, end);
            while (p < end && b[p] != delimiter) {
                p = finder.nextInField(b, p + (b[p] == escape ? 2 : 1), end);
            }
            if (p < end) {
                fields++;
                p++;
            }
        }
        return fields;
    }
}
