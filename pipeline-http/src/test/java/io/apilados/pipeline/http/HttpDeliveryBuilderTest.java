// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDeliveryBuilderTest {

    private static final URI SOMEWHERE = URI.create("https://api.example.org/records");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://api.example.org/records",
                "file:///tmp/records",
                "mailto:someone@example.org",
                "records",
                "/records",
                "//api.example.org/records",
                "http:/records",
                "http:///records",
                "https:records",
                "https://?a=b",
            })
    void refusesAnAddressThatIsNotHttpOrNamesNoHost(String address) {
        assertThatThrownBy(() -> HttpDelivery.to(URI.create(address)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("http:// or https://")
                .hasMessageContaining("host");
    }

    /** The client would refuse each request, and the run would wait for a network that is not at fault. */
    @ParameterizedTest
    @ValueSource(strings = {"https://user:planted-secret@api.example.org/", "https://api.example.org:65536/"})
    void refusesAnAddressThatNoRequestCanBeMadeTo(String address) {
        assertThatThrownBy(() -> HttpDelivery.to(URI.create(address)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("planted-secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:8080/records",
                "HTTPS://api.example.org",
                "https://api.example.org:443/records?a=b",
                "http://[::1]:8080/records",
            })
    void takesAnAddressThatIsHttpAndNamesAHost(String address) {
        try (var delivery = HttpDelivery.to(URI.create(address)).build()) {
            assertThat(delivery).isNotNull();
        }
    }

    @Test
    void refusalDoesNotRepeatTheAddress() {
        assertThatThrownBy(() -> HttpDelivery.to(URI.create("ftp://api.example.org/?key=planted-secret"))
                        .build())
                .message()
                .doesNotContain("planted-secret");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void refusesFewerThanOneConnection(int connections) {
        assertThatThrownBy(() -> HttpDelivery.to(SOMEWHERE).maxConnections(connections))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxConnections was " + connections + " but it must be 1 or more");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void refusesATimeThatIsNotMoreThanZero(long millis) {
        Duration time = Duration.ofMillis(millis);

        assertThatThrownBy(() -> HttpDelivery.to(SOMEWHERE).timeout(time))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("timeout was ");
        assertThatThrownBy(() -> HttpDelivery.to(SOMEWHERE).connectTimeout(time))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("connectTimeout was ");
    }

    @Test
    void tellsItsHostAndNothingElse() {
        try (var delivery = HttpDelivery.to(URI.create("https://api.example.org/secret/path?key=secret"))
                .build()) {
            assertThat(delivery).hasToString("HTTP delivery to api.example.org");
        }
    }
}
