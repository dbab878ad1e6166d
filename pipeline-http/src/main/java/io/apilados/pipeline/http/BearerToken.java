// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * Where the token comes from, and a new one when the API no longer takes it (401). Safe for use by many threads.
 *
 * <p>After a refusal a request is sent once more with what {@link #refresh} returns; when that is the refused token again,
 * or is refused too, the run stops. Of many requests that were refused with the same token one refreshes it.
 *
 * <p>{@link #current} is called on the thread that sends, and has to be quick; {@link #kept} is, once it has a token.
 * {@link #refresh}, and the first load of what is {@code kept}, run on a thread of their own. Requests wait for it no longer
 * than they have time, and that thread is interrupted when the one that began it gives up: then the batch waits and tries
 * again.
 *
 * <p>If either method throws, the request is not sent. The run stops, unless an {@link java.io.IOException} is among the
 * causes (wrap one in an {@link java.io.UncheckedIOException}): then the batch waits and tries again. Their messages are
 * never told. A token that is null, blank or no header value stops the run.
 */
public interface BearerToken {

    /** The token to use now; asked before each request. */
    String current();

    /**
     * A token in place of one that was refused; from now on {@link #current} returns it, too. Never called by two threads
     * at once.
     */
    String refresh(String rejected);

    /** Asks the supplier before each request, and again after a refusal. */
    static BearerToken from(Supplier<String> supplier) {
        Objects.requireNonNull(supplier, "supplier");
        return new BearerToken() {
            @Override
            public String current() {
                return supplier.get();
            }

            @Override
            public String refresh(String rejected) {
                return supplier.get();
            }
        };
    }

    /**
     * Asks the supplier when the first token is needed and after a refusal, and keeps what it returned in between. For
     * suppliers that ask a server: while one thread waits for it, those that have a token work on.
     */
    static BearerToken kept(Supplier<String> supplier) {
        return new KeptToken(Objects.requireNonNull(supplier, "supplier"));
    }
}
