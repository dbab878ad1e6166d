// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import java.util.Objects;

/**
 * Knows an API's way to say that a record exists already. If the record had been sent before and the answer was lost, that
 * is how it says that it arrived.
 *
 * <p>Asked only about the answer to a request with one record, and only if that answer refuses it. Safe for use by many
 * threads.
 */
@FunctionalInterface
public interface AlreadyThere {

    /**
     * Whether the answer says so.
     *
     * @param body the answer's body as UTF-8, as much of it as is read
     */
    boolean matches(int status, String body);

    /** Any answer with this status, such as 409. */
    static AlreadyThere status(int status) {
        return (answered, body) -> answered == status;
    }

    /** An answer with this status whose body holds these words. */
    static AlreadyThere status(int status, String words) {
        Objects.requireNonNull(words, "words");
        return (answered, body) -> answered == status && body.contains(words);
    }

    /** What Strapi answers when an attribute that must be unique is taken: 400 with "must be unique". */
    static AlreadyThere strapiUnique() {
        return status(400, "must be unique");
    }

    /** Either. */
    default AlreadyThere or(AlreadyThere other) {
        Objects.requireNonNull(other, "other");
        return (status, body) -> matches(status, body) || other.matches(status, body);
    }

    /** Which records may have been sent before. */
    enum Scope {

        /**
         * Those of which an attempt in this process ended without a clear answer after bytes of it may have gone out. A row that is twice in the input is
         * rejected and seen. The price: what was under way when another process was killed is rejected with "already
         * there", though it arrived, when the run goes on.
         */
        SENT_BEFORE,

        /**
         * Every record: for a run that goes on after another was killed. The price: a row that is twice in the input, or
         * clashes with somebody else's entry, counts as delivered though the API kept the other one.
         */
        ANY
    }
}
