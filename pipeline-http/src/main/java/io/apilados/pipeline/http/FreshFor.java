// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads how long an answer may be kept, from {@code Cache-Control} and {@code Age} (RFC 9111, sections 5.1 and 5.2.2). */
final class FreshFor {

    private static final String MAX_AGE = "max-age=";
    private static final int MOST_DIGITS = 9;

    private FreshFor() {}

    /** Zero if it must not be kept; null if nothing is said. */
    static @Nullable Duration of(@Nullable String cacheControl, @Nullable String age) {
        if (cacheControl == null) {
            return null;
        }
        Duration life = null;
        for (String part : cacheControl.toLowerCase(Locale.ROOT).split(",")) {
            String directive = part.strip();
            boolean never =
                    directive.equals("no-store") || directive.equals("no-cache") || directive.startsWith("no-cache=");
            if (never) {
                return Duration.ZERO;
            }
            if (directive.startsWith(MAX_AGE)) {
                long seconds = seconds(directive.substring(MAX_AGE.length()).replace("\"", ""));
                // What makes no sense is stale (section 4.2.1).
                life = Duration.ofSeconds(Math.max(0, seconds - Math.max(0, seconds(age == null ? "0" : age.strip()))));
            }
        }
        return life;
    }

    private static long seconds(String text) {
        if (!RetryAfter.isDigits(text)) {
            return -1;
        }
        return text.length() > MOST_DIGITS ? Integer.MAX_VALUE : Long.parseLong(text);
    }
}
