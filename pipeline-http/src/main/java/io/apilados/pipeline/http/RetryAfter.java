// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the {@code Retry-After} header (RFC 9110, section 10.2.3): seconds, or a date. */
final class RetryAfter {

    /** A server that asks for more is taken at this: 5 minutes. */
    private static final Duration MOST = Duration.ofMinutes(5);

    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT);

    private RetryAfter() {}

    /**
     * The wait that the header asks for; null if there is none or it makes no sense.
     *
     * @param now milliseconds since the epoch
     */
    static @Nullable Duration parse(@Nullable String header, long now) {
        if (header == null) {
            return null;
        }
        String value = header.strip();
        Duration wait;
        if (!value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            wait = value.length() > 9 ? MOST : Duration.ofSeconds(Long.parseLong(value));
        } else {
            try {
                Instant until = ZonedDateTime.parse(value, HTTP_DATE).toInstant();
                wait = Duration.between(Instant.ofEpochMilli(now), until);
            } catch (DateTimeException e) {
                return null;
            }
        }
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(MOST) > 0 ? MOST : wait;
    }
}
