// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.source.ByteArray;

/**
 * What stands before the body of a request (RFC 9112, sections 2 and 3); used again for the next one on the same
 * connection. Confined to one thread.
 */
final class RequestHead extends ByteArray {

    private static final int LAST_ASCII = 0x7e;
    private static final int FIRST_LATIN = 0xa0;
    private static final int LAST_LATIN = 0xff;

    /** Begins anew, with the first line. */
    void begin(String method, String target) {
        truncate(0);
        text(method);
        write(' ');
        text(target);
        text(" HTTP/1.1");
        endLine();
    }

    void header(String name, String value) {
        text(name);
        write(':');
        write(' ');
        text(value);
        endLine();
    }

    /** After the last header. */
    void end() {
        endLine();
    }

    private void endLine() {
        write('\r');
        write('\n');
    }

    /** Nothing in a text ends its line: the key of a record may hold anything. */
    private void text(String text) {
        int count = text.length();
        reserve(count);
        for (int i = 0; i < count; i++) {
            bytes[length + i] = plain(text.charAt(i));
        }
        length += count;
    }

    private static byte plain(char c) {
        boolean visible = c >= ' ' && c <= LAST_ASCII;
        boolean latin = c >= FIRST_LATIN && c <= LAST_LATIN;
        if (visible || latin || c == '\t') {
            return (byte) c;
        }
        return (byte) (c >= '\n' && c <= '\r' ? ' ' : '?');
    }
}
