// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns of plain HTTP to another machine, once for each host in a process however many deliveries there are. */
final class PlainHttp {

    private static final Logger LOG = LoggerFactory.getLogger(HttpDelivery.class);
    private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

    private PlainHttp() {}

    static void warnIfUsed(URI uri) {
        String host = uri.getHost();
        if ("http".equalsIgnoreCase(uri.getScheme())
                && !isLoopback(host)
                && WARNED.add(host.toLowerCase(Locale.ROOT))) {
            LOG.warn("records and token go to {} without encryption; use https unless that network is yours", host);
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
