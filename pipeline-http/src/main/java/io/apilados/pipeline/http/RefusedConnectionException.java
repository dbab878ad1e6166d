// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;

/** One side will not have the connection, and trying again changes nothing: somebody has to do something. */
abstract sealed class RefusedConnectionException extends IOException
        permits CertificateRefusedException, ClientCertificateRefusedException, ProxyRefusedException {

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String advice;

    RefusedConnectionException(String code, String message, String advice) {
        super(message);
        this.code = code;
        this.advice = advice;
    }

    /** A short stable word. */
    String code() {
        return code;
    }

    /** What ends the run. */
    RunStop stop() {
        return new RunStop(code, getMessage() + "; " + advice);
    }
}
