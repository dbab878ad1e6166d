// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;

/** The server's certificate is not to be trusted, or names another host: nothing was sent. */
final class CertificateRefusedException extends IOException {

    private static final long serialVersionUID = 1L;

    CertificateRefusedException(String host) {
        super("the certificate of " + host + " is not trusted or names another host");
    }
}
