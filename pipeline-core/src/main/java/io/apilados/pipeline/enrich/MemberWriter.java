// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.NullWords;
import io.apilados.pipeline.parse.RejectedRecordException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the value of one member. There is a class for each kind of member, and not a branch, so that the compiler makes
 * one small piece of code of each, early in a run.
 */
abstract class MemberWriter {

    static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

    /** What is said of a row in which the required column is null; made once, because there may be many, and has no trace. */
    private final RejectedRecordException missing;

    /** Whether there is such a column. */
    final boolean mustNotBeNull;

    /** @param required the column that must not be null; null if every one may be */
    private MemberWriter(@Nullable String required) {
        this.missing = new RejectedRecordException("missing-value", "column " + required + ": expected a value");
        this.mustNotBeNull = required != null;
    }

    private MemberWriter() {
        this(null);
    }

    /** What is thrown for a row in which the required column is null. */
    RejectedRecordException missing() {
        return missing;
    }

    /**
     * Writes the value.
     *
     * @param room what the whole row takes as long as nothing in it is escaped; so much is free before and afterwards
     * @return whether it is null and must not be, so that the row is rejected as {@link #missing} says; a branch for that
     *     would have the whole method compiled again when it is first taken
     */
    abstract boolean write(CsvRow row, JsonBuffer out, int room);

    /** A string. */
    static final class Text extends MemberWriter {
        private final int column;
        private final NullWords nulls;

        /** @param required how the column is called if it must hold something; else null */
        Text(int column, NullWords nulls, @Nullable String required) {
            super(required);
            this.column = column;
            this.nulls = nulls;
        }

        @Override
        boolean write(CsvRow row, JsonBuffer out, int room) {
            if (nulls.isNull(row, column)) {
                out.put(NULL);
                return mustNotBeNull;
            }
            out.put('"');
            RowJson.text(row, column, out, room);
            out.put('"');
            return false;
        }
    }

    /** A number. */
    static final class Numeric extends MemberWriter {
        private final int column;
        private final String name;
        private final NullWords nulls;
        private final boolean decimal;

        /** Whether some word that stands for null is a number, so that it is to be asked first. */
        private final boolean nullsAreNumbers;

        Numeric(int column, String name, NullWords nulls, boolean decimal, boolean required) {
            super(required ? name : null);
            this.column = column;
            this.name = name;
            this.nulls = nulls;
            this.decimal = decimal;
            this.nullsAreNumbers = holdDigits(nulls.words());
        }

        @Override
        boolean write(CsvRow row, JsonBuffer out, int room) {
            int from = row.from(column);
            int to = row.to(column);
            boolean isNull = nullsAreNumbers && nulls.isNull(row, column);
            if (!isNull && JsonNumbers.isNumber(row.bytes(), from, to, decimal)) {
                out.put(row.bytes(), from, to);
                return false;
            }
            if (isNull || nulls.isNull(row, column)) {
                out.put(NULL);
                return mustNotBeNull;
            }
            writeOther(row.text(column), out, room);
            return false;
        }

        private static boolean holdDigits(List<String> words) {
            boolean any = false;
            for (String word : words) {
                for (int i = 0; i < word.length(); i++) {
                    any |= Character.isDigit(word.charAt(i));
                }
            }
            return any;
        }

        private void writeOther(String text, JsonBuffer out, int room) {
            String number = decimal ? JsonNumbers.decimal(text) : JsonNumbers.integer(text);
            if (number == null) {
                throw decimal
                        ? new RejectedRecordException("bad-decimal", "column " + name + ": expected a decimal number")
                        : new RejectedRecordException("bad-integer", "column " + name + ": expected a whole number");
            }
            out.reserve(number.length() + room);
            out.put(number.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** The id of a school key. */
    static final class Key extends MemberWriter {
        private final int column;
        private final KeyColumn key;

        Key(int column, KeyColumn key) {
            this.column = column;
            this.key = key;
        }

        @Override
        boolean write(CsvRow row, JsonBuffer out, int room) {
            out.putNumber(key.idOf(row, column));
            return false;
        }
    }

    /** The names of those columns of a group that hold something. */
    static final class Present extends MemberWriter {
        private final int[] columns;
        private final byte[][] names;
        private final NullWords nulls;

        Present(int[] columns, byte[][] names, NullWords nulls) {
            this.columns = columns;
            this.names = names;
            this.nulls = nulls;
        }

        @Override
        boolean write(CsvRow row, JsonBuffer out, int room) {
            char before = '[';
            for (int i = 0; i < columns.length; i++) {
                if (!nulls.isNull(row, columns[i])) {
                    out.put(before);
                    out.put(names[i]);
                    before = ',';
                }
            }
            closeArray(before, out);
            return false;
        }
    }

    /** The texts of those columns of a group that hold something. */
    static final class Values extends MemberWriter {
        private final int[] columns;
        private final NullWords nulls;

        Values(int[] columns, NullWords nulls) {
            this.columns = columns;
            this.nulls = nulls;
        }

        @Override
        boolean write(CsvRow row, JsonBuffer out, int room) {
            char before = '[';
            for (int column : columns) {
                if (!nulls.isNull(row, column)) {
                    out.put(before);
                    out.put('"');
                    RowJson.text(row, column, out, room);
                    out.put('"');
                    before = ',';
                }
            }
            closeArray(before, out);
            return false;
        }
    }

    private static void closeArray(char before, JsonBuffer out) {
        if (before == '[') {
            out.put('[');
        }
        out.put(']');
    }
}
