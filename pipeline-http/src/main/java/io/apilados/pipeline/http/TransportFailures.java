// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.InvalidAlgorithmParameterException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.NoHttpResponseException;

/** The client's failures without its messages and causes: these quote what a server sent, which may be what we sent. */
final class TransportFailures {

    private static final int DEEPEST_CAUSE = 16;

    private TransportFailures() {}

    static IOException withoutText(Throwable failure, String host) {
        if (failure instanceof CertificateRefusedException refused) {
            return refused;
        }
        if (failure instanceof SSLException && isAboutACertificate(failure)) {
            return new CertificateRefusedException(host);
        }
        if (failure instanceof UnknownHostException) {
            return new UnknownHostException(host);
        }
        if (failure instanceof ConnectTimeoutException) {
            return new ConnectException(host + " could not be reached in time");
        }
        if (failure instanceof SocketTimeoutException) {
            return new SocketTimeoutException("no answer from " + host + " in time");
        }
        if (failure instanceof ConnectException || failure instanceof NoRouteToHostException) {
            return new ConnectException(host + " could not be reached");
        }
        if (failure instanceof SSLException) {
            return new SocketException("the TLS connection to " + host + " broke");
        }
        boolean broken = failure instanceof SocketException
                || failure instanceof NoHttpResponseException
                || failure instanceof ConnectionClosedException;
        if (broken) {
            return new SocketException("the connection to " + host + " broke before the answer was whole");
        }
        String kind = failure.getClass().getSimpleName();
        return new IOException("the answer of " + host + " could not be read: " + kind);
    }

    /** Whether it is our side that refuses; an empty trust store shows as an invalid parameter. */
    private static boolean isAboutACertificate(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof SSLPeerUnverifiedException
                    || cause instanceof CertificateException
                    || cause instanceof CertPathValidatorException
                    || cause instanceof CertPathBuilderException
                    || cause instanceof InvalidAlgorithmParameterException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
