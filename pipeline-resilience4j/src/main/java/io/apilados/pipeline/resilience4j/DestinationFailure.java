// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.resilience4j;

import java.io.IOException;

/** What Resilience4j is told that a failed call threw. Nobody catches it, so it has no stack trace. */
final class DestinationFailure extends IOException {

    private static final long serialVersionUID = 1L;

    DestinationFailure() {
        super("the destination failed, or a probe's lease was over");
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
