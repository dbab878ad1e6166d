// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Year;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code Retry-After} header (RFC 9110, section 10.2.3): seconds, or a date in any of the three forms of
 * section 5.6.7.
 */
final class RetryAfter {

    /** A server that asks for more is taken at this: 5 minutes. */
    private static final Duration MOST = Duration.ofMinutes(5);

    private static final int MOST_DIGITS = 9;

    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT);
    private static final DateTimeFormatter ASCTIME =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", Locale.ENGLISH);

    /** A year of two digits that would lie more than 50 years ahead is one of the past. */
    private static final int YEARS_BACK = 49;

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
        if (isDigits(value)) {
            return bounded(value.length() > MOST_DIGITS ? MOST : Duration.ofSeconds(Long.parseLong(value)));
        }
        Instant until = date(value, now);
        return until == null ? null : bounded(Duration.between(Instant.ofEpochMilli(now), until));
    }

    static boolean isDigits(String value) {
        return !value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    static Duration bounded(Duration wait) {
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(MOST) > 0 ? MOST : wait;
    }

    private static @Nullable Instant date(String value, long now) {
        try {
            if (value.indexOf('-') > 0) {
                return LocalDateTime.parse(value, rfc850(now)).toInstant(ZoneOffset.UTC);
            }
            if (value.indexOf(',') > 0) {
                return Instant.from(IMF_FIXDATE.parse(value));
            }
            return LocalDateTime.parse(value, ASCTIME).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static DateTimeFormatter rfc850(long now) {
        int base = Year.from(Instant.ofEpochMilli(now).atOffset(ZoneOffset.UTC)).getValue() - YEARS_BACK;
        return new DateTimeFormatterBuilder()
                .appendPattern("EEEE, dd-MMM-")
                .appendValueReduced(ChronoField.YEAR, 2, 2, base)
                .appendPattern(" HH:mm:ss 'GMT'")
                .toFormatter(Locale.ENGLISH);
    }
}
