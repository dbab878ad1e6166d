// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

/** Makes text safe to stand in a page that is HTML and well-formed XML at once. */
final class Markup {

    private static final char REPLACEMENT = '\uFFFD';

    private Markup() {}

    /** The text for an element or for an attribute in quotes; what XML does not allow becomes U+FFFD. */
    static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.appendCodePoint(isAllowed(point) ? point : REPLACEMENT);
            }
        });
        return safe.toString();
    }

    /** Characters of XML 1.0, without the control characters that only HTML forbids and without half surrogate pairs. */
    private static boolean isAllowed(int point) {
        if (Character.isISOControl(point)) {
            return point == '\t' || point == '\n' || point == '\r';
        }
        return !(point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) && (point & 0xFFFE) != 0xFFFE;
    }
}
