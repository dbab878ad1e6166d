// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

/** The server's certificate is not to be trusted, or names another host: nothing was sent. */
final class CertificateRefusedException extends RefusedConnectionException {

    private static final long serialVersionUID = 1L;

    CertificateRefusedException(String host) {
        super(
                "certificate",
                "the certificate of " + host + " is not trusted or names another host",
                "give the SSLContext that trusts it, or mend the certificate on the server");
    }
}
