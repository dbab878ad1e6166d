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
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.NoHttpResponseException;

/** The client's failures without its messages and causes: these quote what a server sent, which may be what we sent. */
final class TransportFailures {

    private static final int DEEPEST_CAUSE = 16;
    private static final String RECEIVED = "Received fatal alert: ";

    /** What a server says of a client's certificate, or of the lack of one (RFC 8446, section 6.2). */
    private static final Set<String> CERTIFICATE_ALERTS = Set.of(
            "bad_certificate",
            "unsupported_certificate",
            "certificate_revoked",
            "certificate_expired",
            "certificate_unknown",
            "unknown_ca",
            "certificate_required");

    private TransportFailures() {}

    /**
     * The failure of an exchange.
     *
     * @param sent whether bytes of the request may have gone out. If not, it is a {@link ConnectException} or an
     *     {@link UnknownHostException}, and if so, neither: that is how callers tell what may have arrived
     */
    static IOException withoutText(Throwable failure, String host, boolean sent) {
        if (failure instanceof RefusedConnectionException refused) {
            return refused;
        }
        if (failure instanceof SSLException && isAboutACertificate(failure)) {
            return new CertificateRefusedException(host);
        }
        if (isAboutOurCertificate(failure)) {
            return new ClientCertificateRefusedException(host);
        }
        return sent ? afterSending(failure, host) : beforeSending(failure, host);
    }

    private static IOException beforeSending(Throwable failure, String host) {
        if (failure instanceof UnknownHostException) {
            return new UnknownHostException(host);
        }
        if (failure instanceof SocketTimeoutException) {
            return new ConnectException(host + " could not be reached in time");
        }
        if (failure instanceof SSLException) {
            return new ConnectException("a TLS connection to " + host + " could not be made");
        }
        return new ConnectException(host + " could not be reached");
    }

    private static IOException afterSending(Throwable failure, String host) {
        boolean notAgain = failure instanceof ConnectException
                || failure instanceof NoRouteToHostException
                || failure instanceof UnknownHostException
                || failure instanceof ConnectTimeoutException;
        if (notAgain) {
            return new SocketException("the connection to " + host + " broke, and another could not be made");
        }
        if (failure instanceof SocketTimeoutException) {
            return new SocketTimeoutException("no answer from " + host + " in time");
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

    /**
     * The failure of an exchange whose time was over before any of it was sent.
     *
     * @throws TimeoutException instead, if bytes of the request may have gone out
     */
    static IOException late(String host, Duration timeout, boolean sent) throws TimeoutException {
        if (sent) {
            throw new TimeoutException("no answer within " + timeout.toMillis() + " ms");
        }
        return new ConnectException(host + " could not be reached within " + timeout.toMillis() + " ms");
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

    /**
     * Whether it is the other side that refuses. JSSE tells the alert in nothing but its message, and says "received" only
     * of those that came from there. With TLS 1.3 they come when our side of the handshake is over and the request may be
     * on its way (RFC 8446, section 4.4.2.4).
     */
    private static boolean isAboutOurCertificate(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            String message = cause instanceof SSLException ? cause.getMessage() : null;
            int at = message == null ? -1 : message.indexOf(RECEIVED);
            if (message != null && at >= 0) {
                return CERTIFICATE_ALERTS.contains(message.substring(at + RECEIVED.length()));
            }
            cause = cause.getCause();
        }
        return false;
    }
}
