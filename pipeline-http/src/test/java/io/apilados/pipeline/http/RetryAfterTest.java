// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

    private static final long NOW = Instant.parse("2026-11-23T22:00:00Z").toEpochMilli();

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1",
        "' 12 ', 12",
        "007, 7",
        "299, 299",
        "300, 300",
        // A server that asks for more than five minutes is taken at five.
        "301, 300",
        "86400, 300",
        "999999999, 300",
        "1000000000, 300",
        "99999999999999999999999999, 300",
    })
    void secondsAreTakenUpToFiveMinutes(String header, long seconds) {
        assertThat(RetryAfter.parse(header, NOW)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @CsvSource({
        "'Mon, 23 Nov 2026 22:00:00 GMT', 0",
        "'Mon, 23 Nov 2026 22:00:01 GMT', 1",
        "'Mon, 23 Nov 2026 22:04:59 GMT', 299",
        "'Mon, 23 Nov 2026 22:30:00 GMT', 300",
        "'Wed, 23 Nov 2033 22:30:00 GMT', 300",
        // What has passed is now.
        "'Mon, 23 Nov 2026 21:59:59 GMT', 0",
        "'Sun, 06 Nov 1994 08:49:37 GMT', 0",
        // The two older forms, which RFC 9110 wants read, too.
        "'Monday, 23-Nov-26 22:00:09 GMT', 9",
        "'Sunday, 06-Nov-94 08:49:37 GMT', 0",
        "'Saturday, 23-Nov-75 22:00:09 GMT', 300",
        "'Mon Nov 23 22:00:11 2026', 11",
        "'Sun Nov  6 08:49:37 1994', 0",
    })
    void datesAreTakenUpToFiveMinutes(String header, long seconds) {
        assertThat(RetryAfter.parse(header, NOW)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void datesAreReadTheSameInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            for (Locale locale : new Locale[] {Locale.forLanguageTag("es-MX"), Locale.forLanguageTag("ar-EG")}) {
                Locale.setDefault(locale);
                assertThat(RetryAfter.parse("Mon, 23 Nov 2026 22:00:07 GMT", NOW))
                        .isEqualTo(Duration.ofSeconds(7));
                assertThat(RetryAfter.parse("Monday, 23-Nov-26 22:00:07 GMT", NOW))
                        .isEqualTo(Duration.ofSeconds(7));
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "soon",
                "-1",
                "+1",
                "1.5",
                "1s",
                "1e3",
                "0x10",
                "NaN",
                "\u0661",
                "12 34",
                "Mon, 23 Nov 2026",
                "Tue, 23 Nov 2026 22:00:00 GMT",
                "Mon, 31 Feb 2026 22:00:00 GMT",
                "2026-11-23T22:00:07Z",
                "Tuesday, 23-Nov-26 22:00:09 GMT",
                "Tue Nov 23 22:00:11 2026",
            })
    void whatMakesNoSenseIsNoWish(String header) {
        assertThat(RetryAfter.parse(header, NOW)).isNull();
    }

    @Test
    void noHeaderIsNoWish() {
        assertThat(RetryAfter.parse(null, NOW)).isNull();
    }
}
