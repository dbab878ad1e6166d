// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

/** The blanks around a key: what Java or Unicode calls a space, no-break ones and the byte order mark included. */
final class Blanks {

    private static final char BYTE_ORDER_MARK = '\ufeff';

    private Blanks() {}

    static boolean isBlank(char c) {
        return c <= ' '
                || (c >= 0x7f && (Character.isSpaceChar(c) || Character.isWhitespace(c) || c == BYTE_ORDER_MARK));
    }

    static int start(CharSequence text) {
        int i = 0;
        while (i < text.length() && isBlank(text.charAt(i))) {
            i++;
        }
        return i;
    }

    static int end(CharSequence text, int start) {
        int i = text.length();
        while (i > start && isBlank(text.charAt(i - 1))) {
            i--;
        }
        return i;
    }
}
