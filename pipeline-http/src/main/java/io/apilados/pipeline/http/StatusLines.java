// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.message.LazyLaxLineParser;
import org.apache.hc.core5.http.message.StatusLine;
import org.apache.hc.core5.util.CharArrayBuffer;

/**
 * Reads the line that almost every answer begins with, {@code HTTP/1.1 200 OK}, without a tokenizer; whatever else may come
 * is left to the client's parser. Immutable.
 */
final class StatusLines extends LazyLaxLineParser {

    static final StatusLines INSTANCE = new StatusLines();

    private static final String USUAL = "HTTP/1.1 ";
    private static final int CODE_END = USUAL.length() + 3;

    /** RFC 9110, section 15. */
    private static final int LOWEST_CODE = 100;

    private StatusLines() {}

    @Override
    public StatusLine parseStatusLine(CharArrayBuffer line) throws ParseException {
        int code = usualCode(line);
        StatusLine read = code < 0
                ? unusual(line)
                : new StatusLine(HttpVersion.HTTP_1_1, code, line.substringTrimmed(CODE_END, line.length()));
        if (read.getStatusCode() < LOWEST_CODE) {
            throw new ParseException("the status of an answer is below 100");
        }
        return read;
    }

    /** What the client's parser throws of a version below zero would be taken for a defect of ours. */
    private StatusLine unusual(CharArrayBuffer line) throws ParseException {
        try {
            return super.parseStatusLine(line);
        } catch (IllegalArgumentException e) {
            throw new ParseException("an answer begins with no status line");
        }
    }

    /** The three digits of the code; -1 if the line is not of the usual form. */
    private static int usualCode(CharArrayBuffer line) {
        int length = line.length();
        if (length < CODE_END || (length > CODE_END && line.charAt(CODE_END) != ' ')) {
            return -1;
        }
        for (int i = 0; i < USUAL.length(); i++) {
            if (line.charAt(i) != USUAL.charAt(i)) {
                return -1;
            }
        }
        int code = 0;
        for (int i = USUAL.length(); i < CODE_END; i++) {
            int digit = line.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            code = 10 * code + digit;
        }
        return code;
    }
}
