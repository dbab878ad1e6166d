// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.IOException;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Finds out, before anything depends on it, whether a store honours {@code If-Match} and {@code If-None-Match} on writes.
 * There are stores that ignore them and overwrite silently, and some that refuse a correct {@code If-Match}.
 *
 * <p>Safe for use by many threads.
 */
final class ConditionalWrites {

    /** How the names of its objects begin. */
    static final String NAME = ".conditional-writes-";

    private static final byte[] FIRST = {'1'};
    private static final byte[] SECOND = {'2'};

    /** An ETag that no object of one byte has: that of a longer one. */
    private static final String ANOTHER = "\"00000000000000000000000000000000\"";

    private final SmallObjects objects;
    private final ReentrantLock probing = new ReentrantLock();
    private volatile boolean proven;

    ConditionalWrites(SmallObjects objects) {
        this.objects = objects;
    }

    /** Without a trial: the store is known to honour them. */
    ConditionalWrites known() {
        ConditionalWrites known = new ConditionalWrites(objects);
        known.proven = true;
        return known;
    }

    /**
     * Tries it with an object of its own, which it deletes; once, if it went well.
     *
     * @throws IOException if the store does not honour them, or cannot be written to; the message says which
     */
    void require() throws IOException {
        if (proven) {
            return;
        }
        probing.lock();
        try {
            if (!proven) {
                String name = NAME + UUID.randomUUID();
                try {
                    probe(name);
                } finally {
                    objects.delete(name);
                }
                proven = true;
            }
        } finally {
            probing.unlock();
        }
    }

    private void probe(String name) throws IOException {
        String etag = expect(objects.create(name, FIRST), "refuses If-None-Match where there is no object");
        refuse(objects.create(name, SECOND), "ignores If-None-Match");
        refuse(objects.replace(name, ANOTHER, SECOND), "ignores If-Match");
        String unused = expect(objects.replace(name, etag, SECOND), "refuses the right If-Match");
    }

    private String expect(@Nullable String etag, String otherwise) throws IOException {
        if (etag == null) {
            throw unfit(otherwise);
        }
        return Objects.requireNonNull(etag);
    }

    private void refuse(@Nullable String etag, String otherwise) throws IOException {
        if (etag != null) {
            throw unfit(otherwise);
        }
    }

    private IOException unfit(String how) {
        return new IOException(objects.location("") + ": the store " + how
                + " on writes, and so two runs could overwrite each other's work; use a store that honours it, or keep"
                + " this on a disk");
    }
}
