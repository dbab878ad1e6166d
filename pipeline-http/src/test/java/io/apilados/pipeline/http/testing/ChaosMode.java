// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http.testing;

/**
 * What a {@link ChaosApi} does with a request. "Applied" means that its records are in the books; unless said otherwise
 * they are, unless one of them is bad.
 */
public enum ChaosMode {

    /** It is answered at once. */
    CALM,

    /** It is answered after a while: 20 ms in the mean, 300 ms at most. */
    LATENCY,

    /** 429 or 503 with {@code Retry-After} in seconds, 0 or 1. Not applied. */
    RETRY_AFTER_SECONDS,

    /** 429 or 503 with {@code Retry-After} as a date, up to two seconds ahead. Not applied. */
    RETRY_AFTER_DATE,

    /** It and the 4 to 11 requests after it get a 500. Half of them are applied all the same. */
    BURST_OF_500,

    /**
     * A batch of more records than the plan allows gets a 413. It is not drawn: where this mode has any weight it holds
     * for every request. Not applied.
     */
    TOO_LARGE,

    /** The connection is reset before the answer: half of the requests before the body was read, half when applied. */
    RESET_BEFORE_ANSWER,

    /** The connection is reset in the middle of the answer: in its head or in its body. */
    RESET_IN_ANSWER,

    /** The connection stays open and no answer comes. */
    NEVER_ANSWERED,

    /** The answer comes at one byte a second, from its first byte or from that of its body on. */
    DRIP,

    /**
     * Each record has an answer of its own: 201; 422 if it is bad; and for one in eight 429 or 503, which are not
     * applied.
     */
    ITEM_ERRORS,

    /** A 200 whose body ends in the middle of the JSON. */
    INVALID_JSON,

    /** 307 or 308 to another path, where the request is served. Not applied. */
    REDIRECT,

    /** It is answered, and then the connection is closed without a word. */
    CLOSED_KEEP_ALIVE,

    /**
     * The connection is closed without an answer. The next request with this key gets a 409 with {@code Retry-After},
     * as if the first were still in work; a later one gets the answer of the first.
     */
    KEY_IN_WORK
}
