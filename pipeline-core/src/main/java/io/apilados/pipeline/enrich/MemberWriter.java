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

    private MemberWriter() {}

    /**
     * Writes the value.
     *
     * @param room what the whole row takes as long as nothing in it is escaped; so much is free before and afterwards
     */
    abstract void write(CsvRow row, JsonBuffer out, int room);

    /** A string. */
    static final class Text extends MemberWriter {
        private final int column;
        private final NullWords nulls;

        private final @Nullable String missing;

        /** @param required how the column is called if it must hold something; else null */
        Text(int column, NullWords nulls, @Nullable String required) {
            this.column = column;
            this.nulls = nulls;
            this.missing = missing(required);
        }

        @Override
        void write(CsvRow row, JsonBuffer out, int room) {
            if (nulls.isNull(row, column)) {
                writeNull(missing, out);
            } else {
                out.put('"');
                RowJson.text(row, column, out, room);
                out.put('"');
            }
        }
    }

    /** A number. */
    static final class Numeric extends MemberWriter {
        private final int column;
        private final String name;
        private final NullWords nulls;
        private final boolean decimal;
        private final @Nullable String missing;

        /** Whether some word that stands for null is a number, so that it is to be asked first. */
        private final boolean nullsAreNumbers;

        Numeric(int column, String name, NullWords nulls, boolean decimal, boolean required) {
            this.column = column;
            this.name = name;
            this.nulls = nulls;
            this.decimal = decimal;
            this.missing = missing(required ? name : null);
            this.nullsAreNumbers = holdDigits(nulls.words());
        }

        @Override
        void write(CsvRow row, JsonBuffer out, int room) {
            int from = row.from(column);
            int to = row.to(column);
            boolean isNull = nullsAreNumbers && nulls.isNull(row, column);
            if (!isNull && JsonNumbers.isNumber(row.bytes(), from, to, decimal)) {
                out.put(row.bytes(), from, to);
            } else if (isNull || nulls.isNull(row, column)) {
                writeNull(missing, out);
            } else {
                writeOther(row.text(column), out, room);
            }
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
        void write(CsvRow row, JsonBuffer out, int room) {
            out.putNumber(key.idOf(row, column));
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
        void write(CsvRow row, JsonBuffer out, int room) {
            char before = '[';
            for (int i = 0; i < columns.length; i++) {
                if (!nulls.isNull(row, columns[i])) {
                    out.put(before);
                    out.put(names[i]);
                    before = ',';
                }
            }
            closeArray(before, out);
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
        void write(CsvRow row, JsonBuffer out, int room) {
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
        }
    }

    /** What is said of a record in which that column is null; null if it may be. */
    private static @Nullable String missing(@Nullable String required) {
        return required == null ? null : "column " + required + ": expected a value";
    }

    private static void writeNull(@Nullable String missing, JsonBuffer out) {
        if (missing != null) {
            throw new RejectedRecordException("missing-value", missing);
        }
        out.put(NULL);
    }

    private static void closeArray(char before, JsonBuffer out) {
        if (before == '[') {
            out.put('[');
        }
        out.put(']');
    }
}
