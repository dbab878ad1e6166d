// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvRow;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The words that stand for null, whatever the case of their letters, in ASCII. Immutable. */
final class NullWords {

    private final byte[][] lowerCase;

    /** The bit in which a letter of the other case differs; zero where there is no letter. */
    private final byte[][] caseBits;

    private final int longest;

    NullWords(List<String> words) {
        lowerCase = new byte[words.size()][];
        caseBits = new byte[words.size()][];
        int most = 0;
        for (int i = 0; i < lowerCase.length; i++) {
            lowerCase[i] = words.get(i).toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
            caseBits[i] = new byte[lowerCase[i].length];
            for (int k = 0; k < caseBits[i].length; k++) {
                caseBits[i][k] = (byte) (lowerCase[i][k] >= 'a' && lowerCase[i][k] <= 'z' ? 0x20 : 0);
            }
            most = Math.max(most, lowerCase[i].length);
        }
        longest = most;
    }

    /** Whether a field is empty, or one of the words. */
    boolean isNull(CsvRow row, int column) {
        int from = row.from(column);
        int length = row.to(column) - from;
        return length == 0 || (length <= longest && row.isPlainAscii(column) && isWord(row.bytes(), from, length));
    }

    private boolean isWord(byte[] bytes, int from, int length) {
        for (int i = 0; i < lowerCase.length; i++) {
            if (lowerCase[i].length == length && isWord(lowerCase[i], caseBits[i], bytes, from)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWord(byte[] word, byte[] caseBits, byte[] bytes, int from) {
        for (int i = 0; i < word.length; i++) {
            if ((bytes[from + i] | caseBits[i]) != word[i]) {
                return false;
            }
        }
        return true;
    }
}
