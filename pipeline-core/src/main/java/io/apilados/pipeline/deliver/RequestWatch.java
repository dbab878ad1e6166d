// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

/** Watches one request. Called from any thread; must not block. */
public interface RequestWatch {

    /** What the delivery is called within. */
    RequestContext context();

    /** The request is over, after so long; what follows from it is told next. */
    void ended(long nanos, RequestOutcome outcome);
}
