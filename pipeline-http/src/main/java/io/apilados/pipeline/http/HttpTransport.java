// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Makes one HTTP request. What stands between us and a client library. Safe for use by many threads. */
interface HttpTransport extends AutoCloseable {

    /**
     * Posts a body and reads the answer to its end.
     *
     * @param timeout for all of it: waiting for a connection, connecting, sending, and the last byte of the answer
     * @throws TimeoutException if that time is over
     * @throws IOException if there is no answer for another reason
     */
    Answer post(URI uri, Map<String, String> headers, byte[] body, Duration timeout)
            throws IOException, TimeoutException;

    @Override
    void close();

    /**
     * What a server answered.
     *
     * @param status the status code
     * @param retryAfter the header of that name as it was sent; null if there was none
     */
    record Answer(int status, @Nullable String retryAfter) {}
}
