// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads how long a used-up rate limit lasts, from the headers that came before a standard: {@code RateLimit-Remaining} and
 * {@code RateLimit-Reset} of the IETF drafts up to 7 (draft-ietf-httpapi-ratelimit-headers), their {@code X-} forms, and
 * the single {@code RateLimit} header of the later drafts.
 */
final class RateLimitHeaders {

    private static final String[] PREFIXES = {"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"};

    /** Larger numbers are no seconds to wait but a moment: seconds since 1970, or milliseconds. */
    private static final long LEAST_EPOCH_SECONDS = 1_000_000_000L;

    private static final long LEAST_EPOCH_MILLIS = 1_000_000_000_000L;
    private static final int MOST_DIGITS = 15;

    private RateLimitHeaders() {}

    /** The wait until there is room again; null if nothing says that the limit is used up, or until when. */
    static @Nullable Duration untilReset(HttpTransport.Headers headers, long now) {
        for (String prefix : PREFIXES) {
            Duration wait = wait(headers.first(prefix + "Remaining"), headers.first(prefix + "Reset"), now);
            if (wait != null) {
                return wait;
            }
        }
        String all = headers.first("RateLimit");
        if (all == null) {
            return null;
        }
        Duration wait = wait(parameter(all, "r"), parameter(all, "t"), now);
        return wait != null ? wait : wait(parameter(all, "remaining"), parameter(all, "reset"), now);
    }

    private static @Nullable Duration wait(@Nullable String remaining, @Nullable String reset, long now) {
        if (number(remaining) != 0) {
            return null;
        }
        long until = number(reset);
        if (until < 0) {
            return null;
        }
        if (until < LEAST_EPOCH_SECONDS) {
            return RetryAfter.bounded(Duration.ofSeconds(until));
        }
        long millis = until < LEAST_EPOCH_MILLIS ? 1_000 * until : until;
        return RetryAfter.bounded(Duration.ofMillis(millis - now));
    }

    /** Drafts allow more after the number: {@code 100, 100;w=60}. */
    private static long number(@Nullable String value) {
        if (value == null) {
            return -1;
        }
        String first = value.split("[,;]", 2)[0].strip();
        return RetryAfter.isDigits(first) && first.length() <= MOST_DIGITS ? Long.parseLong(first) : -1;
    }

    /** The value of {@code name=value} among what commas and semicolons part. */
    private static @Nullable String parameter(String header, String name) {
        for (String part : header.split("[,;]")) {
            String pair = part.strip().toLowerCase(Locale.ROOT);
            if (pair.startsWith(name + "=")) {
                return pair.substring(name.length() + 1);
            }
        }
        return null;
    }
}
