// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

/**
 * An API cannot be asked for keys until somebody does something, such as giving out a valid token: a run that meets it
 * stops. Its message says what is wrong and what to do; it holds neither a key nor the address beyond its host.
 */
public final class HttpLookupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    HttpLookupException(String code, String message) {
        super(message);
        this.code = code;
    }

    /** A short stable word, such as {@code http-401}, {@code certificate} or {@code answer-unfit}. */
    public String code() {
        return code;
    }
}
