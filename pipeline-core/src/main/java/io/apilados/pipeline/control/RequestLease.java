// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;

/**
 * A part of a {@link RequestBudget} for some time. What is not used in that time expires. Immutable.
 *
 * @param perSecond requests a second; zero if nothing is free now: ask again after a moment
 * @param term for how long, counted from when it was asked for
 */
public record RequestLease(double perSecond, Duration term) {

    public RequestLease {
        if (!(perSecond >= 0) || Double.isInfinite(perSecond)) {
            throw new IllegalArgumentException("perSecond was " + perSecond + " but it must be zero or more");
        }
        if (term.isNegative() || term.isZero()) {
            throw new IllegalArgumentException("term was " + term + " but it must be more than zero");
        }
    }
}
