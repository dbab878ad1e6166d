// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.SourcePosition;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One record of a CSV file: a view of the bytes that were read. A column becomes a {@code String} only when it is asked
 * for.
 *
 * <p>The view is valid until its reader advances. To keep a row, {@link #copy()} it. Confined to the reading thread;
 * a copy is immutable and may go anywhere.
 */
public final class CsvRow {

    private static final String DECIMAL = "0123456789.+-eE";

    /** A field holds a quote that stands twice in the bytes, or is decoded in another way. */
    static final byte DOUBLED_QUOTES = 1;

    /** A field holds a character that JSON escapes: a control, a backslash or a quote. */
    static final byte JSON_ESCAPES = 2;

    /** A field holds a byte of 0x80 or above. */
    static final byte WIDE = 4;

    /** An unquoted field holds a quote. */
    static final byte BARE_QUOTE = 8;

    /** Some field of the record holds a byte of 0x80 or above; it was not asked which. */
    static final byte MAY_BE_WIDE = 16;

    final CsvHeader header;
    final TextEncoding encoding;
    final char quote;
    final NullWords nullWords;
    private final int columns;

    byte[] bytes;
    int[] from;
    int[] to;
    byte[] flags;
    private long byteOffset;
    private long recordNumber = 1;
    private long line = 1;

    CsvRow(CsvHeader header, TextEncoding encoding, char quote, NullWords nullWords) {
        this.header = header;
        this.encoding = encoding;
        this.quote = quote;
        this.nullWords = nullWords;
        this.columns = header.size();
        this.bytes = new byte[0];
        this.from = new int[0];
        this.to = new int[0];
        this.flags = new byte[0];
    }

    /** The columns; every row of a file has as many fields. */
    public CsvHeader header() {
        return header;
    }

    /** Where the record starts. */
    public SourcePosition position() {
        return new SourcePosition(byteOffset, recordNumber, line);
    }

    /**
     * The value of a column, without its quotes.
     *
     * @param column from 0
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public String text(int column) {
        int start = from[checked(column)];
        int end = to[column];
        if ((flags[column] & DOUBLED_QUOTES) != 0) {
            return new String(withoutDoubledQuotes(bytes, start, end, (byte) quote), encoding.charset);
        }
        return (flags[column] & (WIDE | MAY_BE_WIDE)) == 0
                ? ascii(start, end)
                : new String(bytes, start, end - start, encoding.charset);
    }

    /** Whether the field holds a byte of 0x80 or above. */
    private boolean isWide(int column) {
        byte flag = flags[column];
        return (flag & MAY_BE_WIDE) == 0 ? (flag & WIDE) != 0 : hasHighByte(from[column], to[column]);
    }

    private boolean hasHighByte(int start, int end) {
        for (int i = start; i < end; i++) {
            if (bytes[i] < 0) {
                return true;
            }
        }
        return false;
    }

    /** Of all ways to make a string of bytes the one with the least code to run and to compile. */
    @SuppressWarnings("deprecation") // Because it does not decode, which these bytes do not need.
    private String ascii(int start, int end) {
        return new String(bytes, 0, start, end - start);
    }

    /**
     * The value of the first column of that name.
     *
     * @throws IllegalArgumentException if there is no such column
     */
    public String text(String column) {
        return text(header.requireIndexOf(column));
    }

    /** As {@link #text(int)}, but null where the field {@link #isNull(int)}. */
    public @Nullable String textOrNull(int column) {
        return isNull(column) ? null : text(column);
    }

    /** As {@link #text(String)}, but null where the field {@link #isNull(int)}. */
    public @Nullable String textOrNull(String column) {
        return textOrNull(header.requireIndexOf(column));
    }

    /**
     * Whether a column holds nothing, or one of the words that stand for null: {@link CsvParser#nulls}.
     *
     * @param column from 0
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public boolean isNull(int column) {
        return nullWords.isNull(this, column);
    }

    /**
     * Whether the first column of that name holds nothing, or one of the words that stand for null.
     *
     * @throws IllegalArgumentException if there is no such column
     */
    public boolean isNull(String column) {
        return isNull(header.requireIndexOf(column));
    }

    /** The words that stand for null in this file. */
    public NullWords nullWords() {
        return nullWords;
    }

    /**
     * Whether a column holds nothing, or blanks alone.
     *
     * @param column from 0
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public boolean isBlank(int column) {
        if (!isPlainAscii(column)) {
            return text(column).isBlank();
        }
        int i = from[column];
        while (i < to[column] && Character.isWhitespace(bytes[i])) {
            i++;
        }
        return i == to[column];
    }

    /** Whether the first column of that name holds nothing, or blanks alone. */
    public boolean isBlank(String column) {
        return isBlank(header.requireIndexOf(column));
    }

    /**
     * The value of a column as a whole number; blanks around it are passed over.
     *
     * @param column from 0
     * @throws RejectedRecordException with code {@code bad-integer} if it is none that fits an {@code int}
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public int integer(int column) {
        long plain = PlainNumbers.integer(bytes, from[checked(column)], to[column]);
        if (plain != PlainNumbers.NONE) {
            return (int) plain;
        }
        try {
            return Integer.parseInt(text(column).strip());
        } catch (NumberFormatException e) {
            throw new RejectedRecordException("bad-integer", "column " + name(column) + ": expected a whole number");
        }
    }

    /** As {@link #integer(int)}, of the first column of that name. */
    public int integer(String column) {
        return integer(header.requireIndexOf(column));
    }

    /** As {@link #integer(int)}, but null where the field {@link #isNull(int)}. */
    public @Nullable Integer integerOrNull(int column) {
        return isNull(column) ? null : Integer.valueOf(integer(column));
    }

    /** As {@link #integerOrNull(int)}, of the first column of that name. */
    public @Nullable Integer integerOrNull(String column) {
        return integerOrNull(header.requireIndexOf(column));
    }

    /**
     * The value of a column as a decimal number: digits with a point, a sign and an exponent where need be; blanks around
     * it are passed over.
     *
     * @param column from 0
     * @throws RejectedRecordException with code {@code bad-decimal} if it is none, or none that a {@code double} holds
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public double decimal(int column) {
        double plain = PlainNumbers.decimal(bytes, from[checked(column)], to[column]);
        return Double.isNaN(plain) ? unusualDecimal(column) : plain;
    }

    private double unusualDecimal(int column) {
        String text = text(column).strip();
        try {
            double number = text.chars().allMatch(c -> DECIMAL.indexOf(c) >= 0) ? Double.parseDouble(text) : Double.NaN;
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The same answer as for one that Java reads and nobody else would: NaN, 0x1p3, 1d.
        }
        throw new RejectedRecordException("bad-decimal", "column " + name(column) + ": expected a decimal number");
    }

    /** As {@link #decimal(int)}, of the first column of that name. */
    public double decimal(String column) {
        return decimal(header.requireIndexOf(column));
    }

    /** As {@link #decimal(int)}, but null where the field {@link #isNull(int)}. */
    public @Nullable Double decimalOrNull(int column) {
        return isNull(column) ? null : Double.valueOf(decimal(column));
    }

    /** As {@link #decimalOrNull(int)}, of the first column of that name. */
    public @Nullable Double decimalOrNull(String column) {
        return decimalOrNull(header.requireIndexOf(column));
    }

    private String name(int column) {
        return header.names().get(column);
    }

    /**
     * The bytes that this row is a view of, for code that works without strings: field {@code c} lies from
     * {@link #from(int)} to {@link #to(int)}, its quotes left out. Not to be written to.
     */
    public byte[] bytes() {
        return bytes;
    }

    /** Where a field's bytes begin in {@link #bytes()}. */
    public int from(int column) {
        return from[checked(column)];
    }

    /** Where a field's bytes end in {@link #bytes()}, exclusive. */
    public int to(int column) {
        return to[checked(column)];
    }

    /** Whether the field's bytes are its value, in ASCII: no doubled quote is among them, and none is 0x80 or above. */
    public boolean isPlainAscii(int column) {
        return (flags[checked(column)] & DOUBLED_QUOTES) == 0 && !isWide(column);
    }

    /** Whether the field's bytes are its value in the encoding of the file. */
    public boolean isAsRead(int column) {
        return (flags[checked(column)] & DOUBLED_QUOTES) == 0;
    }

    /** Whether the field's bytes are its value in UTF-8. */
    public boolean isPlainUtf8(int column) {
        return (flags[checked(column)] & DOUBLED_QUOTES) == 0 && (encoding.isUtf8() || !isWide(column));
    }

    /** Whether the field's bytes are its value in UTF-8, but for its quotes: each stands twice. */
    public boolean isDoubledUtf8(int column) {
        return (flags[checked(column)] & DOUBLED_QUOTES) != 0 && (encoding.isUtf8() || !isWide(column));
    }

    /** What fields are quoted with, in one byte. */
    public byte quote() {
        return (byte) quote;
    }

    /** How many bytes lie between the beginning of the first field and the end of the last one. */
    public int sizeBytes() {
        return columns == 0 ? 0 : to[columns - 1] - from[0];
    }

    /** Whether the field's bytes are its value in UTF-8, and hold nothing that JSON escapes. */
    public boolean isPlainJson(int column) {
        return (flags[checked(column)] & (DOUBLED_QUOTES | JSON_ESCAPES)) == 0
                && (encoding.isUtf8() || !isWide(column));
    }

    /** A row of its own, with the same values, that stays when the reader goes on. */
    public CsvRow copy() {
        CsvRow copy = new CsvRow(header, encoding, quote, nullWords);
        int columns = header.size();
        int start = columns == 0 ? 0 : from[0];
        int end = columns == 0 ? 0 : to[columns - 1];
        copy.bytes = Arrays.copyOfRange(bytes, start, end);
        copy.from = new int[columns];
        copy.to = new int[columns];
        copy.flags = Arrays.copyOf(flags, columns);
        for (int i = 0; i < columns; i++) {
            copy.from[i] = from[i] - start;
            copy.to[i] = to[i] - start;
        }
        copy.at(byteOffset, recordNumber, line);
        return copy;
    }

    /** Where the record is; never what it holds. */
    @Override
    public String toString() {
        return "row at " + position();
    }

    void at(long offset, long number, long startLine) {
        byteOffset = offset;
        recordNumber = number;
        line = startLine;
    }

    /** The value of a field whose quotes stand twice. */
    static byte[] withoutDoubledQuotes(byte[] bytes, int start, int end, byte quote) {
        byte[] plain = new byte[end - start];
        int length = 0;
        for (int i = start; i < end; i++) {
            plain[length++] = bytes[i];
            if (bytes[i] == quote) {
                i++;
            }
        }
        return Arrays.copyOf(plain, length);
    }

    private int checked(int column) {
        if (column < 0 || column >= columns) {
            throw noSuchColumn(column);
        }
        return column;
    }

    private IndexOutOfBoundsException noSuchColumn(int column) {
        return new IndexOutOfBoundsException("column was " + column + " but there are " + columns + ", counted from 0");
    }
}
