// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestHeadTest {

    private final RequestHead head = new RequestHead();

    @Test
    void linesStandAsTheProtocolHasThem() {
        head.begin("POST", "/records?of=23");
        head.header("Host", "api.example.org:8080");
        head.header("Content-Length", "12");
        head.end();

        assertThat(text())
                .isEqualTo("POST /records?of=23 HTTP/1.1\r\nHost: api.example.org:8080\r\nContent-Length: 12\r\n\r\n");
    }

    @Test
    void nextRequestBeginsAnew() {
        head.begin("POST", "/a");
        head.header("X-First", "x".repeat(5_000));
        head.end();
        head.begin("PUT", "/b");
        head.end();

        assertThat(text()).isEqualTo("PUT /b HTTP/1.1\r\n\r\n");
    }

    /** A record's key is a header, and may be whatever a file holds. */
    @Test
    void valueEndsNoLine() {
        head.begin("POST", "/");
        head.header("Idempotency-Key", "a\r\nX-Evil: 1\n\u000b\fb\0c\u0007\u007f");
        head.end();

        assertThat(text()).isEqualTo("POST / HTTP/1.1\r\nIdempotency-Key: a  X-Evil: 1   b?c??\r\n\r\n");
    }

    @Test
    void whatIsNoLatinIsAQuestionMark() {
        head.begin("POST", "/");
        head.header("Idempotency-Key", "\tMuñoz–学\u0085");
        head.end();

        assertThat(text()).isEqualTo("POST / HTTP/1.1\r\nIdempotency-Key: \tMuñoz???\r\n\r\n");
    }

    private String text() {
        return new String(head.copy(0, head.length()), StandardCharsets.ISO_8859_1);
    }
}
