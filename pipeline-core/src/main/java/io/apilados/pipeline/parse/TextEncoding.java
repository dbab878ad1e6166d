// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An encoding in which separators, quotes and line ends are single bytes that stand for nothing else: UTF-8, and every
 * one-byte extension of ASCII. Only in such an encoding can records be framed on bytes.
 */
abstract class TextEncoding {

    final Charset charset;
    private final boolean utf8;

    private TextEncoding(Charset charset) {
        this.charset = charset;
        this.utf8 = charset.equals(StandardCharsets.UTF_8);
    }

    /**
     * Where the last byte of a character stands.
     *
     * @param from where the character begins, with a byte of 0x80 or above
     * @param to where the bytes end
     * @return -1 if no character of this encoding stands there as a whole
     */
    abstract int endOfCharacter(byte[] bytes, int from, int to);

    /**
     * Whether the bytes are characters of this encoding, without the rare ones: where it says no, look at each.
     *
     * @param bytes may be looked at to the end of the word after the one in which {@code to} stands
     */
    boolean isUsual(byte[] bytes, int from, int to) {
        return false;
    }

    final boolean isUtf8() {
        return utf8;
    }

    /**
     * The encoding for a charset.
     *
     * @throws IllegalArgumentException if records cannot be framed on its bytes
     */
    static TextEncoding of(Charset charset) {
        if (charset.equals(StandardCharsets.UTF_8)) {
            return new Utf8();
        }
        boolean oneByte = charset.canEncode() && charset.newEncoder().maxBytesPerChar() == 1.0f;
        if (!oneByte || !extendsAscii(charset)) {
            throw new IllegalArgumentException("charset was " + charset
                    + " but it must be UTF-8 or a one-byte extension of ASCII such as ISO-8859-1; convert the file");
        }
        return new OneByte(charset);
    }

    private static boolean extendsAscii(Charset charset) {
        byte[] ascii = new byte[128];
        for (int i = 0; i < ascii.length; i++) {
            ascii[i] = (byte) i;
        }
        return Arrays.equals(new String(ascii, charset).getBytes(StandardCharsets.ISO_8859_1), ascii);
    }

    private static final class Utf8 extends TextEncoding {

        Utf8() {
            super(StandardCharsets.UTF_8);
        }

        /** Well-formed byte sequences as in table 3-7 of the Unicode Standard, chapter 3.9. */
        @Override
        int endOfCharacter(byte[] bytes, int from, int to) {
            int lead = bytes[from] & 0xff;
            int second = from + 1 < to ? bytes[from + 1] & 0xff : 0;
            if (lead >= 0xc2 && lead <= 0xdf) {
                return (second & 0xc0) == 0x80 ? from + 1 : -1;
            }
            return endOfLonger(bytes, from, to, lead, second);
        }

        /**
         * All at once, eight bytes at a time. Rare are characters of four bytes, and those of three whose first byte leaves
         * the second one less than all values: table 3-7 again.
         */
        @Override
        boolean isUsual(byte[] bytes, int from, int to) {
            long wrong = 0;
            long expected = 0;
            int first = from & -Long.BYTES;
            long word = Words.at(bytes, first) & Words.from(from);
            for (int p = first; p < to; p += Long.BYTES) {
                if (to - p < Long.BYTES) {
                    word &= ~Words.from(to);
                }
                // The highest bit of each byte says what the byte is; these bring the others to its place.
                long bit6 = word << 1;
                long bit5 = word << 2;
                long bit4 = word << 3;
                long bit3 = word << 4;
                long bit2 = word << 5;
                long bit1 = word << 6;
                long bit0 = word << 7;
                long continuing = word & ~bit6 & Words.HIGHS;
                long leading = word & bit6 & Words.HIGHS;
                long ofThree = leading & bit5;
                long c0c1 = leading & ~(bit5 | bit4 | bit3 | bit2 | bit1);
                long e0 = ofThree & ~(bit3 | bit2 | bit1 | bit0);
                long ed = ofThree & bit3 & bit2 & ~bit1 & bit0;
                wrong |= continuing ^ ((leading << 8) | (ofThree << 16) | expected);
                wrong |= (ofThree & bit4) | c0c1 | e0 | ed;
                expected = (leading >>> 56) | (ofThree >>> 48);
                word = Words.at(bytes, p + Long.BYTES);
            }
            return (wrong | expected) == 0;
        }

        private static int endOfLonger(byte[] bytes, int from, int to, int lead, int second) {
            int low = 0x80;
            int high = 0xbf;
            int more;
            if ((lead & 0xf0) == 0xe0) {
                more = 2;
                low = lead == 0xe0 ? 0xa0 : low;
                high = lead == 0xed ? 0x9f : high;
            } else if (lead >= 0xf0 && lead <= 0xf4) {
                more = 3;
                low = lead == 0xf0 ? 0x90 : low;
                high = lead == 0xf4 ? 0x8f : high;
            } else {
                return -1;
            }
            int end = from + more;
            if (end >= to || second < low || second > high) {
                return -1;
            }
            for (int i = from + 2; i <= end; i++) {
                if ((bytes[i] & 0xc0) != 0x80) {
                    return -1;
                }
            }
            return end;
        }
    }

    private static final class OneByte extends TextEncoding {
        private final boolean[] invalid = new boolean[256];

        OneByte(Charset charset) {
            super(charset);
            for (int i = 0; i < invalid.length; i++) {
                try {
                    CharBuffer unused = charset.newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(new byte[] {(byte) i}));
                } catch (CharacterCodingException e) {
                    invalid[i] = true;
                }
            }
        }

        @Override
        int endOfCharacter(byte[] bytes, int from, int to) {
            return invalid[bytes[from] & 0xff] ? -1 : from;
        }
    }
}
