// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * What stands for null in a file: a field without a character, and words such as {@code NA}, whatever the case of their
 * letters. A field is looked at in its bytes; no string is made of it.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class NullWords {

    /** No words: only an empty field is null. */
    public static final NullWords NONE = of();

    /** The first eight characters of a word in lower case: the first one stands highest, and zeros before it. */
    private final long[] starts;

    /** The bits in which letters of the other case differ in these; none where there is no letter. */
    private final long[] caseBits;

    /** The words in lower case. */
    private final byte[][] words;

    private final int longest;
    private final List<String> texts;

    private NullWords(List<String> words) {
        int count = words.size() + 1;
        this.starts = new long[count];
        this.caseBits = new long[count];
        this.words = new byte[count][];
        int most = 0;
        for (int i = 0; i < count; i++) {
            // The word without characters is one like others, so that the code that finds it is not compiled twice.
            String text = i == 0 ? "" : words.get(i - 1);
            byte[] word = text.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
            byte[] bits = new byte[word.length];
            for (int k = 0; k < bits.length; k++) {
                bits[k] = (byte) (word[k] >= 'a' && word[k] <= 'z' ? 0x20 : 0);
            }
            this.words[i] = word;
            starts[i] = start(word, 0, word.length);
            caseBits[i] = start(bits, 0, bits.length);
            most = Math.max(most, word.length);
        }
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

    private static long start(byte[] bytes, int from, int length) {
        long value = 0;
        int end = from + Math.min(length, Long.BYTES);
        for (int i = from; i < end; i++) {
            value = value << Byte.SIZE | (bytes[i] & 0xff);
        }
        return value;
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
        for (int i = 0; i < words.length; i++) {
            if (words[i].length == length && (start | caseBits[i]) == starts[i] && hasRest(bytes, from, words[i])) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasRest(byte[] bytes, int from, byte[] word) {
        for (int i = Long.BYTES; i < word.length; i++) {
            if (Character.toLowerCase((char) (bytes[from + i] & 0xff)) != word[i]) {
                return false;
            }
        }
        return true;
    }
}
