// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.message.LazyLaxLineParser;
import org.apache.hc.core5.http.message.LineParser;
import org.apache.hc.core5.http.message.StatusLine;
import org.apache.hc.core5.util.CharArrayBuffer;
import org.junit.jupiter.api.Test;

class StatusLinesTest {

    private static final List<String> LINES = List.of(
            "HTTP/1.1 200 OK",
            "HTTP/1.1 413 Content Too Large",
            "HTTP/1.1 204",
            "HTTP/1.1 204 ",
            "HTTP/1.1 503   Service  Unavailable  ",
            "HTTP/1.0 200 OK",
            "HTTP/1.1  200 OK",
            "  HTTP/1.1 200 OK",
            "HTTP/1.1 2000 OK",
            "HTTP/1.1 20 OK",
            "HTTP/1.1 20x OK",
            "HTTP/1.1 -20 OK",
            "HTTP/1.1\t200 OK",
            "HTTP/1.1 200\tOK",
            "HTTP/2 200",
            "http/1.1 200 OK",
            "HTTP/1.1 099 Odd",
            "HTTP/1.1",
            "HTTP/1.1 ",
            "HTTP/-1.1 200 OK",
            "HTTP/1.1 000 Nothing",
            "ICY 200 OK",
            "");

    private static CharArrayBuffer buffer(String line) {
        CharArrayBuffer buffer = new CharArrayBuffer(line.length());
        buffer.append(line);
        return buffer;
    }

    private static String read(LineParser parser, String line) {
        try {
            StatusLine read = parser.parseStatusLine(buffer(line));
            return read.getStatusCode() < 100
                    ? "none"
                    : read.getProtocolVersion() + "|" + read.getStatusCode() + "|" + read.getReasonPhrase();
        } catch (ParseException e) {
            return "none";
        } catch (IllegalArgumentException e) {
            // Ours never throws it: it would end the run.
            return parser.equals(StatusLines.INSTANCE) ? "thrown" : "none";
        }
    }

    @Test
    void readsWhatTheClientsOwnParserReads() {
        for (String line : LINES) {
            assertThat(read(StatusLines.INSTANCE, line)).as(line).isEqualTo(read(LazyLaxLineParser.INSTANCE, line));
        }
        assertThat(read(StatusLines.INSTANCE, LINES.get(0))).isEqualTo("HTTP/1.1|200|OK");
    }

    @Test
    void readsTheSameOfLinesThatAreDamaged() {
        Random random = new Random(11);
        int read = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder line = new StringBuilder(LINES.get(random.nextInt(5)));
            for (int k = random.nextInt(3); k > 0; k--) {
                int at = random.nextInt(line.length());
                switch (random.nextInt(3)) {
                    case 0 -> line.deleteCharAt(at);
                    case 1 -> line.insert(at, (char) (' ' + random.nextInt(95)));
                    default -> line.setCharAt(at, (char) (random.nextInt(4) == 0 ? '\t' : '0' + random.nextInt(12)));
                }
            }
            String found = read(StatusLines.INSTANCE, line.toString());
            assertThat(found).as(line.toString()).isEqualTo(read(LazyLaxLineParser.INSTANCE, line.toString()));
            read += found.equals("none") ? 0 : 1;
        }
        assertThat(read).isBetween(15_000, 45_000);
    }
}
