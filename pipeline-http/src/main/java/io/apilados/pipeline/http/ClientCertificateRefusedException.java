// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

/** The server did not take our certificate, or misses one: it has read no request. */
final class ClientCertificateRefusedException extends RefusedConnectionException {

    private static final long serialVersionUID = 1L;

    ClientCertificateRefusedException(String host) {
        super(
                "client-certificate",
                host + " asks for a client certificate and takes none or not the one it was shown",
                "give an SSLContext with a certificate that the server knows and that is valid now");
    }
}
