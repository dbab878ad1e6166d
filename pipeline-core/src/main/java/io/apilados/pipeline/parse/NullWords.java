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

    /** The characters of a word in lower case, eight to a number: the first ones stand highest, and zeros before them. */
    private final long[][] words;

    /** The bits in which letters of the other case differ; none where there is no letter. */
    private final long[][] caseBits;

    private final int[] lengths;
    private final int longest;
    private final List<String> texts;

    private NullWords(List<String> words) {
        this.words = new long[words.size() + 1][];
        this.caseBits = new long[words.size() + 1][];
        this.lengths = new int[words.size() + 1];
        int most = 0;
        for (int i = 0; i < lengths.length; i++) {
            // The word without characters is one like others, so that the code that finds it is not compiled twice.
            String text = i == 0 ? "" : words.get(i - 1);
            byte[] word = text.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
            byte[] bits = new byte[word.length];
            for (int k = 0; k < bits.length; k++) {
                bits[k] = (byte) (word[k] >= 'a' && word[k] <= 'z' ? 0x20 : 0);
            }
            this.words[i] = packed(word);
            this.caseBits[i] = packed(bits);
            lengths[i] = word.length;
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
            if (word.isEmpty() || !word.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                throw new IllegalArgumentException(
                        "null word was '" + word + "' but it must be printable ASCII without blanks");
            }
        }
        return new NullWords(List.of(words));
    }

    private static long[] packed(byte[] bytes) {
        long[] all = new long[bytes.length / Long.BYTES + 1];
        for (int i = 0; i < all.length; i++) {
            int from = i * Long.BYTES;
            all[i] = packed(bytes, from, Math.min(bytes.length, from + Long.BYTES));
        }
        return all;
    }

    private static long packed(byte[] bytes, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
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
        int to = row.to(column);
        return to - from <= longest && row.isPlainAscii(column) && isWord(row.bytes(), from, to);
    }

    private boolean isWord(byte[] bytes, int from, int to) {
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] == to - from && isWord(words[i], caseBits[i], bytes, from, to)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWord(long[] word, long[] caseBits, byte[] bytes, int from, int to) {
        for (int i = 0; i < word.length; i++) {
            int at = from + i * Long.BYTES;
            if ((packed(bytes, at, Math.min(to, at + Long.BYTES)) | caseBits[i]) != word[i]) {
                return false;
            }
        }
        return true;
    }
}
