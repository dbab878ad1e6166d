// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which redirects are followed: 307 and 308, which keep method and body, to the same host or an allowed one, never from
 * https to http.
 *
 * @param most how many in a row
 * @param hosts allowed beside the host itself, in small letters
 */
record RedirectRule(int most, Set<String> hosts) {

    static final RedirectRule NONE = new RedirectRule(0, Set.of());

    boolean concerns(int status) {
        return most > 0 && (status == 307 || status == 308);
    }

    /** Where to go; null if that is not allowed or makes no sense. */
    @Nullable URI target(URI from, @Nullable String location) {
        if (location == null) {
            return null;
        }
        URI to;
        try {
            to = from.resolve(location.strip());
        } catch (IllegalArgumentException e) {
            return null;
        }
        String scheme = to.getScheme();
        boolean http = "http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(from.getScheme());
        boolean usable = (http || "https".equalsIgnoreCase(scheme)) && to.getHost() != null && to.getUserInfo() == null;
        boolean allowed =
                usable && (sameServer(from, to) || hosts.contains(to.getHost().toLowerCase(Locale.ROOT)));
        return allowed ? to : null;
    }

    /** The same host and port, where the step from http to https on their standard ports is none. */
    static boolean sameServer(URI from, URI to) {
        int before = port(from);
        int after = port(to);
        boolean encrypted = "https".equalsIgnoreCase(to.getScheme());
        boolean wasEncrypted = "https".equalsIgnoreCase(from.getScheme());
        boolean samePort = encrypted == wasEncrypted && before == after;
        boolean upgraded = encrypted && !wasEncrypted && before == 80 && after == 443;
        return from.getHost().equalsIgnoreCase(to.getHost()) && (samePort || upgraded);
    }

    private static int port(URI uri) {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }
}
