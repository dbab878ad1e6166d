// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.parse.CsvDialect.BareQuotes;
import java.util.Arrays;

/**
 * Finds the end of a record and the places of its fields. A record that holds nothing but delimiters and characters is scanned
 * by words of eight bytes, if the dialect and the encoding are the usual ones; any other a byte at a time.
 *
 * <p>The automaton is that of RFC 4180 as Commons CSV reads it: a field that begins with a quote ends at the next quote
 * that is not doubled, and nothing but blanks may follow before the delimiter; a quote inside of an unquoted field is a
 * character like others. All separators are single bytes in every encoding we accept, so no
 * byte is decoded here; but whether characters are whole is looked at.
 */
final class CsvScanner {

    /** The record's end has not been read yet. */
    static final int NEED_MORE = -1;

    /** A quote is not closed as it should be: see {@link #brokenField}. */
    static final int BROKEN = -2;

    private static final byte PLAIN = 0;
    private static final byte DELIMITER = 1;
    private static final byte LF = 2;
    private static final byte CR = 3;
    private static final byte QUOTE = 4;
    private static final byte JSON_ESCAPE = 5;
    private static final byte HIGH = 6;
    private static final byte ESCAPE = 7;

    /** What a byte of each class says of its field; no branches, because most would be taken late: see decision 29. */
    private static final byte[] FLAGS = flags();

    private static final long SPACES = Words.ONES * ' ';
    private static final long QUOTES = Words.ONES * '"';
    private static final long BACKSLASHES = Words.ONES * '\\';

    /** So many delimiters are taken without asking whether there are as many. */
    private static final int AT_ONCE = 4;

    private static final int FIELDS_AT_FIRST = 128;

    private final byte[] classes = new byte[256];

    /** Whether no other bytes than controls, double quotes and backslashes need care, besides delimiters. */
    private final boolean byWords;

    private final long delimiters;
    private final int delimiterFlag;
    private final boolean escapes;
    private final boolean rejectsBareQuotes;
    private final TextEncoding encoding;

    int[] from = new int[FIELDS_AT_FIRST];
    int[] to = new int[FIELDS_AT_FIRST];
    byte[] flags = new byte[FIELDS_AT_FIRST];

    /** How many fields the record has. */
    int fields;

    /** How many physical lines it takes. */
    int lines;

    /** All flags of all fields. */
    int anyFlag;

    /** What a scan comes to that gets to the limit. */
    private int atLimit;

    /** Whether every character so far is one of the encoding. */
    private boolean isText;

    /** Where the record ends, its line end left out. */
    int end;

    /** Where the field begins whose quote is broken. */
    int brokenField;

    /** Whether the scan stopped inside of quotes, for want of bytes. */
    boolean insideQuotes;

    CsvScanner(CsvDialect dialect, TextEncoding encoding) {
        this(dialect, encoding, true);
    }

    /** One that scans by words where it can, or never does. */
    CsvScanner(CsvDialect dialect, TextEncoding encoding, boolean mayScanWords) {
        this.encoding = encoding;
        Arrays.fill(classes, 0, 0x20, JSON_ESCAPE);
        Arrays.fill(classes, 0x80, 0x100, HIGH);
        classes['\\'] = JSON_ESCAPE;
        classes['"'] = JSON_ESCAPE;
        classes['\n'] = LF;
        classes['\r'] = CR;
        delimiterFlag = classes[dialect.delimiter()] == JSON_ESCAPE ? CsvRow.JSON_ESCAPES : 0;
        classes[dialect.delimiter()] = DELIMITER;
        Character quote = dialect.quote();
        if (quote != null) {
            classes[quote] = QUOTE;
        }
        Character escape = dialect.escape();
        if (escape != null) {
            classes[escape] = ESCAPE;
        }
        escapes = escape != null;
        byWords = mayScanWords && encoding.isUtf8() && !escapes && (quote == null || quote == '"');
        delimiters = Words.ONES * dialect.delimiter();
        rejectsBareQuotes = dialect.bareQuotes() == BareQuotes.REJECT;
    }

    /**
     * Scans the record that starts at {@code start}.
     *
     * @param b holds a line feed at {@code limit}, as a sentinel, and {@link ByteWindow#BEYOND} bytes from there on
     * @param limit where the bytes that it may look at end
     * @param last whether nothing comes after them
     * @return where the next record starts; or {@link #NEED_MORE}, {@link #BROKEN}
     */
    int scan(byte[] b, int start, int limit, boolean last) {
        lines = 1;
        insideQuotes = false;
        isText = true;
        atLimit = last ? limit : NEED_MORE;
        return byWords ? scanWords(b, start, limit, last) : scanBytes(b, start, limit, last);
    }

    /**
     * Scans a record by words of eight bytes, if nothing is in it but delimiters and characters; otherwise
     * {@link #scanBytes} does. Delimiters are gathered from 64 bytes before they are looked at, because a branch for each
     * word would be foreseen wrongly as often as not. In one method: what it were made of would be compiled twice, alone and
     * as part of it.
     */
    private int scanWords(byte[] b, int start, int limit, boolean last) {
        int count = 0;
        int end = NEED_MORE;
        long seen = 0;
        // What stands before the record in its first word is taken for something that means nothing.
        int p = start & -Long.BYTES;
        long mine = Words.from(start);
        long word = (Words.at(b, p) & mine) | (Words.LOWS & ~mine);
        while (end == NEED_MORE) {
            if (count + Long.SIZE + AT_ONCE > to.length) {
                grow();
            }
            long delimited = 0;
            for (int i = 0; i < Long.SIZE; i += Long.BYTES) {
                long delimiting = Words.zeros(word ^ delimiters);
                // A byte below a space, a quote or a backslash, if it is no delimiter: exact for the first one.
                long other = word | delimiting;
                long special =
                        (other - SPACES) | ((other ^ QUOTES) - Words.ONES) | ((other ^ BACKSLASHES) - Words.ONES);
                special &= ~other & Words.HIGHS;
                delimited |= Words.gathered(delimiting) << i;
                if (special != 0) {
                    end = p + i + (Long.numberOfTrailingZeros(special) >>> 3);
                    delimited &= (1L << (end - p)) - 1;
                    seen |= word & ~Words.from(end);
                    break;
                }
                seen |= word;
                word = Words.at(b, p + i + Long.BYTES);
            }
            int[] ends = to;
            int next = count + Long.bitCount(delimited);
            for (int i = count; i < next; i += AT_ONCE) {
                ends[i] = p + Long.numberOfTrailingZeros(delimited);
                delimited &= delimited - 1;
                ends[i + 1] = p + Long.numberOfTrailingZeros(delimited);
                delimited &= delimited - 1;
                ends[i + 2] = p + Long.numberOfTrailingZeros(delimited);
                delimited &= delimited - 1;
                ends[i + 3] = p + Long.numberOfTrailingZeros(delimited);
                delimited &= delimited - 1;
            }
            count = next;
            p += Long.SIZE;
        }
        if (b[end] != '\n' && b[end] != '\r') {
            return scanBytes(b, start, limit, last);
        }
        int[] begins = from;
        int[] ends = to;
        ends[count] = end;
        begins[0] = start;
        for (int i = 1; i <= count; i++) {
            begins[i] = ends[i - 1] + 1;
        }
        fields = count + 1;
        boolean wide = (seen & Words.HIGHS) != 0;
        anyFlag = wide ? CsvRow.MAY_BE_WIDE : 0;
        Arrays.fill(flags, 0, count + 1, (byte) anyFlag);
        int next = afterRecord(b, end, limit);
        // What is not there as a whole is scanned again.
        if (wide && next != NEED_MORE) {
            check(b, start, end);
        }
        return next;
    }

    /** Looks whether every character is one of the encoding. */
    private void check(byte[] b, int start, int end) {
        if (encoding.isUsual(b, start, end)) {
            return;
        }
        for (int p = start; p < end; p++) {
            if (b[p] < 0) {
                p = endOfCharacter(b, p, end);
            }
        }
    }

    /** Scans a record a byte at a time. */
    private int scanBytes(byte[] b, int start, int limit, boolean last) {
        int field = 0;
        int all = 0;
        int p = start;
        while (true) {
            byte c = classes[b[p] & 0xff];
            if (c == QUOTE || escapes) {
                p = c == QUOTE ? quoted(b, p, limit, last, field) : withEscapes(b, p, limit, last, field);
                all |= flags[field];
                c = classes[b[p] & 0xff];
            } else {
                int flag = 0;
                from[field] = p;
                while (c == PLAIN || c > CR) {
                    flag |= FLAGS[c];
                    if (c == HIGH) {
                        p = endOfCharacter(b, p, limit);
                    }
                    c = classes[b[++p] & 0xff];
                }
                to[field] = p;
                flags[field] = (byte) flag;
                all |= flag;
            }
            field++;
            if (c != DELIMITER) {
                fields = field;
                anyFlag = all;
                return afterRecord(b, p, limit);
            }
            if (field == from.length) {
                grow();
            }
            p++;
        }
    }

    /** Where the record after the one whose last field ends here starts. */
    private int afterRecord(byte[] b, int p, int limit) {
        end = p;
        if (b[p] == '\n') {
            // Without a branch, because it would be taken late: at the limit, where a line feed stands, what a scan
            // comes to there.
            int next = p + 1;
            return next + ((atLimit - next) & ((limit - next) >> (Integer.SIZE - 1)));
        }
        if (p + 1 >= limit) {
            return atLimit;
        }
        return b[p + 1] == '\n' ? p + 2 : p + 1;
    }

    private static byte[] flags() {
        byte[] flags = new byte[ESCAPE + 1];
        flags[HIGH] = CsvRow.WIDE;
        flags[QUOTE] = CsvRow.BARE_QUOTE | CsvRow.JSON_ESCAPES;
        flags[JSON_ESCAPE] = CsvRow.JSON_ESCAPES;
        flags[ESCAPE] = CsvRow.JSON_ESCAPES;
        return flags;
    }

    /** Where the last byte of the character stands that begins here with a byte of 0x80 or above. */
    private int endOfCharacter(byte[] b, int p, int limit) {
        int end = encoding.endOfCharacter(b, p, limit);
        if (end < 0) {
            isText = false;
            return p;
        }
        return end;
    }

    /** A field without quotes in a dialect with escapes; returns the place of the delimiter or line end after it. */
    private int withEscapes(byte[] b, int start, int limit, boolean last, int field) {
        int flag = 0;
        int p = start;
        from[field] = start;
        for (byte c = classes[b[p] & 0xff]; c == PLAIN || c > CR; c = classes[b[p] & 0xff]) {
            flag |= FLAGS[c];
            if (c == ESCAPE) {
                p++;
                if (p >= limit) {
                    break;
                }
                // An escaped line feed at the limit would be taken for the sentinel's.
                if (p + 1 >= limit && !last) {
                    return limit;
                }
                if (b[p] == '\n' || (b[p] == '\r' && b[p + 1] != '\n')) {
                    lines++;
                }
                flag |= b[p] < 0 ? CsvRow.WIDE : 0;
            }
            p = b[p] < 0 ? endOfCharacter(b, p, limit) + 1 : p + 1;
        }
        to[field] = p;
        flags[field] = (byte) flag;
        return p;
    }

    private int quoted(byte[] b, int start, int limit, boolean last, int field) {
        byte quote = b[start];
        int flag = 0;
        int p = start + 1;
        from[field] = p;
        while (true) {
            byte c = classes[b[p] & 0xff];
            if (c == PLAIN) {
                p++;
                continue;
            }
            if (p >= limit) {
                insideQuotes = true;
                return stopped(start, limit, last ? BROKEN : NEED_MORE);
            }
            if (c == QUOTE) {
                if (p + 1 >= limit && !last) {
                    insideQuotes = true;
                    return stopped(start, limit, NEED_MORE);
                }
                if (p + 1 >= limit || b[p + 1] != quote) {
                    break;
                }
                flag |= CsvRow.DOUBLED_QUOTES | CsvRow.JSON_ESCAPES;
                p += 2;
            } else if (c == HIGH) {
                flag |= CsvRow.WIDE;
                p = endOfCharacter(b, p, limit) + 1;
            } else if (c == DELIMITER) {
                flag |= delimiterFlag;
                p++;
            } else {
                flag |= CsvRow.JSON_ESCAPES;
                if (c == LF || (c == CR && b[p + 1] != '\n')) {
                    lines++;
                }
                p += c == ESCAPE && isQuoteOrEscape(b[p + 1]) ? 2 : 1;
            }
        }
        to[field] = p;
        flags[field] = (byte) flag;
        p++;
        while (p < limit && (b[p] == ' ' || b[p] == '\t') && classes[b[p] & 0xff] != DELIMITER) {
            p++;
        }
        byte after = classes[b[p] & 0xff];
        if (p < limit && (after < DELIMITER || after > CR)) {
            return stopped(start, limit, BROKEN);
        }
        return p;
    }

    /** The field that begins there has no end: so the scan goes on at the limit, and comes to that. */
    private int stopped(int field, int limit, int outcome) {
        brokenField = field;
        atLimit = outcome;
        return limit;
    }

    /** Whether an escape inside of quotes takes a meaning away from the byte; it leaves line ends to be counted. */
    private boolean isQuoteOrEscape(byte b) {
        byte c = classes[b & 0xff];
        return c == QUOTE || c == ESCAPE;
    }

    /** Whether the record that was scanned has a bare quote and must not. */
    boolean hasForbiddenQuote() {
        return rejectsBareQuotes && bareQuotes() > 0;
    }

    /** 1 if the record has a bare quote, 0 if it has none: what is added up takes no branch. */
    int bareQuotes() {
        return (anyFlag & CsvRow.BARE_QUOTE) / CsvRow.BARE_QUOTE;
    }

    /** Whether all fields are text in the encoding. Separators, quotes and the blanks around them always are. */
    boolean isText() {
        return isText;
    }

    /** The bytes of a field's value. */
    byte[] value(byte[] b, int field) {
        boolean doubled = (flags[field] & CsvRow.DOUBLED_QUOTES) != 0;
        return doubled
                ? CsvRow.withoutDoubledQuotes(b, from[field], to[field], b[to[field]])
                : Arrays.copyOfRange(b, from[field], to[field]);
    }

    private void grow() {
        int size = 2 * from.length;
        from = Arrays.copyOf(from, size);
        to = Arrays.copyOf(to, size);
        flags = Arrays.copyOf(flags, size);
    }

    /** The place after the first line end at or after {@code from}; -1 if there is none before {@code limit}. */
    static int lineEnd(byte[] b, int from, int limit) {
        for (int p = from; p < limit; p++) {
            if (b[p] == '\n') {
                return p + 1;
            }
            if (b[p] == '\r') {
                return p + 1 < limit && b[p + 1] == '\n' ? p + 2 : p + 1;
            }
        }
        return -1;
    }
}
