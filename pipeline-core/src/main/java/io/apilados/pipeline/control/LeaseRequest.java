// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Objects;

/**
 * What a worker asks of a {@link RequestBudget}. Immutable.
 *
 * @param holder which worker it is; the same each time it asks
 * @param perSecond how much it could use, in requests a second, more than zero; {@link Double#POSITIVE_INFINITY} for all
 * @param committed how far ahead it has given moments away at the rate that it has now; zero or more
 */
public record LeaseRequest(String holder, double perSecond, Duration committed) {

    public LeaseRequest {
        Objects.requireNonNull(holder, "holder");
        if (!(perSecond > 0)) {
            throw new IllegalArgumentException("perSecond was " + perSecond + " but it must be more than zero");
        }
        if (committed.isNegative()) {
            throw new IllegalArgumentException("committed was " + committed + " but it must be zero or more");
        }
    }
}
