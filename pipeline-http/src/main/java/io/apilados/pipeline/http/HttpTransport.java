// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Makes one HTTP exchange. What stands between us and a client library. Safe for use by many threads.
 *
 * <p>It follows no redirect, decompresses nothing and keeps no cookie. A request that met a connection which the server
 * had closed meanwhile is sent once more, so every request must be one that may arrive twice.
 */
interface HttpTransport extends AutoCloseable {

    /**
     * Sends a request and reads the answer.
     *
     * @param timeout for all of it: waiting for a connection, connecting, sending, and the last byte of the answer
     * @throws TimeoutException if that time is over
     * @throws CertificateRefusedException if the server's certificate is not to be trusted
     * @throws IOException if there is no answer for another reason
     */
    Answer exchange(Request request, Duration timeout) throws IOException, TimeoutException;

    /** How many connections are carrying a request at this moment. */
    int connectionsInUse();

    @Override
    void close();

    /**
     * What to ask.
     *
     * @param headers all but {@code Host} and {@code Content-Length}
     * @param body null for none; must not change before the answer is there
     * @param bodyLength how many of its bytes are the body, from the first
     * @param mostAnswerBytes how much of the answer's body is kept; 0 for nothing
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Request(
            String method,
            URI uri,
            Map<String, String> headers,
            byte @Nullable [] body,
            int bodyLength,
            int mostAnswerBytes) {

        /** Its method and host: the rest may be secret. */
        @Override
        public String toString() {
            return method + " to " + uri.getHost();
        }
    }

    /**
     * What a server answered.
     *
     * @param status the status code
     * @param headers its headers
     * @param body its body, as much of it as was wanted
     * @param truncated whether there was more than was wanted
     * @param resent whether the request was sent twice, because the first connection had been closed by the server
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Answer(int status, Headers headers, byte[] body, boolean truncated, boolean resent) {

        /** Its status: the rest may quote what was sent. */
        @Override
        public String toString() {
            return "answer " + status;
        }
    }

    /** The headers of an answer. */
    @FunctionalInterface
    interface Headers {

        /** The first value of the header of that name, in whatever case; null if there is none. */
        @Nullable String first(String name);
    }
}
