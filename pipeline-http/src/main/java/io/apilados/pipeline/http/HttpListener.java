// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.time.Duration;

/**
 * Hears of every exchange, for metrics. Called on the threads that deliver, so it must be quick and safe for use by many
 * threads. What it throws is logged once and otherwise ignored.
 */
@FunctionalInterface
public interface HttpListener {

    /** An exchange came to its end. */
    void exchangeEnded(Exchange exchange);

    /**
     * One exchange: a request and its answer, or the lack of one. A request that follows a redirect, or a refreshed token,
     * is an exchange of its own.
     *
     * @param host the host, never the rest of the address, which may hold secrets
     * @param result {@code 1xx} to {@code 5xx}; without an answer {@code time-out}, {@code no-connection},
     *     {@code unknown-host}, {@code connection-broken}, {@code certificate}, {@code client-certificate}, or
     *     {@code http-407} of a proxy that opens no tunnel
     * @param duration from its start, which may be waiting for a connection, to its last byte
     * @param resent whether the request went out twice, because the server had closed the connection meanwhile
     * @param connectionsInUse how many connections carried other requests when it ended
     */
    record Exchange(String host, String result, Duration duration, boolean resent, int connectionsInUse) {}
}
