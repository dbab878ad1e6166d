// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A token that is asked for once, and again when it was refused. Safe for use by many threads. */
final class KeptToken implements BearerToken {

    private final Supplier<String> supplier;
    private final ReentrantLock loading = new ReentrantLock();
    private volatile @Nullable String token;

    KeptToken(Supplier<String> supplier) {
        this.supplier = supplier;
    }

    /** Whether the token is there, so that nobody waits for it. */
    boolean isThere() {
        return token != null;
    }

    @Override
    public String current() {
        String known = token;
        return known != null ? known : otherThan(null);
    }

    @Override
    public String refresh(String rejected) {
        return otherThan(rejected);
    }

    /** Whoever waited for another thread takes what that one got. */
    private String otherThan(@Nullable String rejected) {
        try {
            loading.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException("interrupted while waiting for a token"));
        }
        try {
            String known = token;
            if (known != null && !known.equals(rejected)) {
                return known;
            }
            String loaded = supplier.get();
            token = loaded;
            return loaded;
        } finally {
            loading.unlock();
        }
    }
}
