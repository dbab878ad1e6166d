// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.util.Objects;

/**
 * Says that the record at hand cannot go on. Thrown by an enricher, or by a typed accessor of {@link CsvRow}; the run
 * catches it, rejects the record with this code and message, and goes on with the next one.
 *
 * <p>It carries no stack trace: it is an answer about data, given perhaps a million times, and not a fault in code.
 */
public final class RejectedRecordException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String reason;

    /**
     * A rejection.
     *
     * @param code a short stable word for programs, such as {@code unknown-key}: it counts and groups
     * @param message for people: which column, which rule. Never the record's own text: it goes to logs and reports
     */
    public RejectedRecordException(String code, String message) {
        super(Objects.requireNonNull(message, "message"), null, false, false);
        this.code = Objects.requireNonNull(code, "code");
        this.reason = message;
    }

    @Override
    public String getMessage() {
        return reason;
    }

    /** The stable word for programs. */
    public String code() {
        return code;
    }
}
