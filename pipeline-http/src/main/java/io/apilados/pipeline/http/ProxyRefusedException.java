// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

/** The proxy asks who we are before it opens a tunnel (407): nothing was sent. */
final class ProxyRefusedException extends RefusedConnectionException {

    private static final long serialVersionUID = 1L;

    ProxyRefusedException() {
        super("http-407", "the proxy answered 407: it asks for a user and password", "give a proxy that asks for none");
    }
}
