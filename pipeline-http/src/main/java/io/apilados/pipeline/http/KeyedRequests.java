// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RequestContext;
import io.apilados.pipeline.http.HttpTransport.Answer;
import io.apilados.pipeline.http.HttpTransport.Request;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes requests with all that belongs to them: the token, and a new one after a 401; the user's headers; redirects; one
 * deadline over all of it; and a listener. Safe for use by many threads.
 *
 * @param tokens null for none
 * @param secretHeaders the user's headers, which go to the address itself and to no other host
 * @param timeout for a request with all that follows from it
 * @param mostAnswerBytes how much of an answer's body is kept
 * @param listener null for none
 */
record KeyedRequests(
        HttpTransport transport,
        @Nullable Tokens tokens,
        Map<String, String> secretHeaders,
        RedirectRule redirects,
        Duration timeout,
        int mostAnswerBytes,
        Scheduler scheduler,
        @Nullable HttpListener listener,
        AtomicBoolean listenerFailed) {

    private static final Logger LOG = LoggerFactory.getLogger(HttpDelivery.class);

    /**
     * Sends and waits for the answer that counts.
     *
     * @param headers what belongs to this request alone
     * @throws ConnectException if nothing was sent that is without an answer; so does {@link UnknownHostException}
     * @throws TimeoutException if the time is over
     * @throws IOException if there is no answer for another reason
     * @throws RunStop if none will ever be had
     */
    Answer send(String method, URI uri, Map<String, String> headers, byte @Nullable [] body)
            throws IOException, TimeoutException, RunStop {
        return send(method, uri, headers, body, body == null ? 0 : body.length);
    }

    /** The same with the first {@code length} bytes of {@code body}. */
    Answer send(String method, URI uri, Map<String, String> headers, byte @Nullable [] body, int length)
            throws IOException, TimeoutException, RunStop {
        AtomicBoolean resent = new AtomicBoolean();
        try {
            Answer last = follow(method, uri, headers, body, length, resent);
            return new Answer(last.status(), last.headers(), last.body(), last.truncated(), resent.get());
        } catch (ConnectException | UnknownHostException e) {
            // These say that nothing was sent, which is not true of what came before.
            throw resent.get() ? new SocketException(e.getMessage()) : e;
        }
    }

    /**
     * Goes on until there is an answer that counts.
     *
     * @param resent is told when a request went out twice
     */
    private Answer follow(
            String method,
            URI uri,
            Map<String, String> headers,
            byte @Nullable [] body,
            int length,
            AtomicBoolean resent)
            throws IOException, TimeoutException, RunStop {
        long start = scheduler.nanoTime();
        String token = tokens == null ? null : tokens.current(timeout);
        boolean refreshed = false;
        int followed = 0;
        Duration left = tokens == null ? timeout : left(start);
        URI target = uri;
        while (true) {
            boolean trusted = followed == 0 || RedirectRule.sameServer(uri, target);
            Map<String, String> all = new LinkedHashMap<>(headers);
            RequestContext.current().headers().forEach((name, value) -> addFromContext(all, name, value));
            if (trusted) {
                secretHeaders.forEach((name, value) -> replace(all, name, value));
            }
            if (trusted && token != null) {
                replace(all, "Authorization", "Bearer " + token);
            }
            Answer answer = exchange(new Request(method, target, all, body, length, mostAnswerBytes), left);
            if (answer.resent()) {
                resent.set(true);
            }
            if (answer.status() == 401 && trusted && tokens != null && token != null && !refreshed) {
                String other = tokens.insteadOf(token, left(start));
                if (other.equals(token)) {
                    return answer;
                }
                token = other;
                refreshed = true;
            } else if (redirects.concerns(answer.status())) {
                if (followed++ == redirects.most()) {
                    throw new RunStop(
                            "redirect",
                            "the API redirects more than " + redirects.most() + " times; check the address");
                }
                target = redirected(target, answer);
            } else {
                return answer;
            }
            left = left(start);
        }
    }

    /** What somebody traces by is sent along, if it is a header and none of ours. */
    private static void addFromContext(Map<String, String> headers, String name, @Nullable String value) {
        boolean known = headers.keySet().stream().anyMatch(name::equalsIgnoreCase);
        if (value != null && !known && HeaderRules.isName(name) && !HeaderRules.isOwned(name)) {
            headers.put(name, value);
        }
    }

    /** A header has one name, in whatever case it is written. */
    private static void replace(Map<String, String> headers, String name, String value) {
        headers.keySet().removeIf(name::equalsIgnoreCase);
        headers.put(name, value);
    }

    private URI redirected(URI from, Answer answer) throws RunStop {
        URI to = redirects.target(from, answer.headers().first("Location"));
        if (to == null) {
            throw new RunStop(
                    "redirect",
                    "the API redirects (" + answer.status()
                            + ") to where it may not: to another host, from https to http,"
                            + " or nowhere; give the right address, or allow the host");
        }
        PlainHttp.warnIfUsed(to);
        return to;
    }

    /**
     * How much of the time is left.
     *
     * @throws ConnectException if none is: what was sent so far was answered, and was to be sent again
     */
    private Duration left(long start) throws ConnectException {
        Duration left = timeout.minusNanos(scheduler.nanoTime() - start);
        if (left.isNegative() || left.isZero()) {
            throw new ConnectException(
                    "there was no time left to send the request within " + timeout.toMillis() + " ms");
        }
        return left;
    }

    private Answer exchange(Request request, Duration left) throws IOException, TimeoutException, RunStop {
        long start = scheduler.nanoTime();
        try {
            Answer answer = transport.exchange(request, left);
            tell(request, answer.status() / 100 + "xx", start, answer.resent());
            return answer;
        } catch (RefusedConnectionException e) {
            tell(request, e.code(), start, false);
            throw e.stop();
        } catch (TimeoutException e) {
            tell(request, "time-out", start, false);
            throw e;
        } catch (IOException e) {
            String kind = DeliveryOutcome.lost(e) instanceof DeliveryOutcome.Retry lost ? lost.reason() : "lost";
            tell(request, kind, start, false);
            throw e;
        }
    }

    private void tell(Request request, String result, long start, boolean resent) {
        HttpListener hearing = listener;
        if (hearing == null) {
            return;
        }
        Duration duration = Duration.ofNanos(scheduler.nanoTime() - start);
        try {
            hearing.exchangeEnded(new HttpListener.Exchange(
                    request.uri().getHost(), result, duration, resent, transport.connectionsInUse()));
        } catch (RuntimeException e) {
            if (listenerFailed.compareAndSet(false, true)) {
                LOG.warn(
                        "the listener of HTTP exchanges failed with {}; its failures are ignored",
                        e.getClass().getName());
            }
        }
    }
}
