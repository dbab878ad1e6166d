// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What stands for null in a file: a field without a character, and words such as {@code NA}, whatever the case of their
 * letters. A field is looked at in its bytes; no string is made of it.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class NullWords {

    /** No words: only an empty field is null. */
    public static final NullWords NONE = of();

    /**
     * A word, and those that come after it. They are linked, and not in arrays, because a loop over arrays is made for long
     * ones: the JVM's compiler unrolls it, wherever a field is asked.
     */
    private static final class Word {
        /** In lower case. */
        final byte[] letters;

        /** The first eight of them. */
        final long start;

        /** The bits in which letters of the other case differ in these; none where there is no letter. */
        final long caseBits;

        final @Nullable Word next;

        Word(String word, @Nullable Word next) {
            this.letters = word.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
            byte[] bits = new byte[letters.length];
            for (int i = 0; i < bits.length; i++) {
                bits[i] = (byte) (letters[i] >= 'a' && letters[i] <= 'z' ? 0x20 : 0);
            }
            this.start = start(letters, 0, letters.length);
            this.caseBits = start(bits, 0, bits.length);
            this.next = next;
        }

        boolean is(byte[] bytes, int from, int length, long itsStart) {
            return letters.length == length && (itsStart | caseBits) == start && hasRest(bytes, from);
        }

        private boolean hasRest(byte[] bytes, int from) {
            for (int i = Long.BYTES; i < letters.length; i++) {
                if (Character.toLowerCase((char) (bytes[from + i] & 0xff)) != letters[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    private final Word first;
    private final int longest;
    private final List<String> texts;

    private NullWords(List<String> words) {
        Word last = null;
        int most = 0;
        for (String word : words) {
            last = new Word(word, last);
            most = Math.max(most, word.length());
        }
        // The word without characters is one like others, so that the code that finds it is not compiled twice.
        first = new Word("", last);
        longest = most;
        texts = List.copyOf(words);
    }

    /**
     * These words, and the empty field.
     *
     * @throws IllegalArgumentException if one is empty or holds anything but printable ASCII without blanks
     */
    public static NullWords of(String... words) {
        for (String word : words) {
            if (word.isEmpty() || !isPrintable(word)) {
                throw new IllegalArgumentException(
                        "null word was '" + word + "' but it must be printable ASCII without blanks");
            }
        }
        return new NullWords(List.of(words));
    }

    private static boolean isPrintable(String word) {
        boolean printable = true;
        for (int i = 0; i < word.length(); i++) {
            printable &= word.charAt(i) > ' ' && word.charAt(i) < 0x7f;
        }
        return printable;
    }

    /** The first eight of so many bytes, and zeros behind them. Without a loop, because this is done for every field. */
    private static long start(byte[] bytes, int from, int length) {
        long word = bytes.length - from < Long.BYTES ? lastOf(bytes, from) : Words.at(bytes, from);
        return length < Long.BYTES ? word & ~Words.from(length) : word;
    }

    /** The same where there are no eight bytes any more: of the last word of all, unless there is none. */
    private static long lastOf(byte[] bytes, int from) {
        int last = bytes.length - Long.BYTES;
        return last < 0
                ? Words.at(Arrays.copyOfRange(bytes, from, from + Long.BYTES), 0)
                : Words.at(bytes, last) >>> (Byte.SIZE * (from - last));
    }

    /** The words, as they were given. */
    public List<String> words() {
        return texts;
    }

    /**
     * Whether a field is empty, or one of the words.
     *
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public boolean isNull(CsvRow row, int column) {
        int from = row.from(column);
        int length = row.to[column] - from;
        return length <= longest && row.isAsRead(column) && isWord(row.bytes, from, length);
    }

    private boolean isWord(byte[] bytes, int from, int length) {
        long start = start(bytes, from, length);
        for (Word word = first; word != null; word = word.next) {
            if (word.is(bytes, from, length, start)) {
                return true;
            }
        }
        return false;
    }
}
