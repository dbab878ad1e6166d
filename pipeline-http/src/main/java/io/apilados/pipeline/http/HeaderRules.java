// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.util.Locale;
import java.util.Set;

/** What a header may be called and hold (RFC 9110, sections 5.1 and 5.5). */
final class HeaderRules {

    private static final String NAME_MARKS = "!#$%&'*+-.^_`|~";

    /** Those that say how a message is framed and sent, and those that have a setting of their own. */
    private static final Set<String> OWNED = Set.of(
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "idempotency-key",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private HeaderRules() {}

    static boolean isName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!plain && NAME_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    /** Visible ASCII, and blanks inside: nothing that ends a line, nothing whose encoding is unclear. */
    static boolean isValue(String value) {
        int last = value.length() - 1;
        for (int i = 0; i <= last; i++) {
            char c = value.charAt(i);
            boolean blank = c == ' ' || c == '\t';
            boolean atEnd = i == 0 || i == last;
            if (blank ? atEnd : c <= ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }

    static boolean isOwned(String name) {
        return OWNED.contains(name.toLowerCase(Locale.ROOT));
    }
}
