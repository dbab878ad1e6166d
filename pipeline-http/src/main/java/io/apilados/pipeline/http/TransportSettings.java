// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import java.net.URI;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How to reach servers.
 *
 * @param version the version of HTTP
 * @param maxConnections the most that are open at once
 * @param connectTimeout for connecting
 * @param requestTimeout for one read
 * @param sslContext null for the system's
 * @param proxy null for none
 */
record TransportSettings(
        HttpVersion version,
        int maxConnections,
        Duration connectTimeout,
        Duration requestTimeout,
        @Nullable SSLContext sslContext,
        @Nullable URI proxy,
        Scheduler scheduler) {

    /** A transport to servers of this scheme. */
    HttpTransport open(String scheme) {
        return version == HttpVersion.HTTP_2 ? new Http2Transport(this, scheme) : new ApacheTransport(this);
    }
}
