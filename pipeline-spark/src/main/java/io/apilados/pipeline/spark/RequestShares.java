// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import java.io.Serializable;

/**
 * How executors keep to one rate of requests together. Immutable.
 *
 * @param perSecond requests a second of all executors, from 0.000001 to 1,000,000
 * @param executors among how many the rate is divided; 0 if it is leased
 */
public record RequestShares(double perSecond, int executors) implements Serializable {

    public RequestShares {
        if (!(perSecond >= 0.000_001 && perSecond <= 1_000_000)) {
            throw new IllegalArgumentException(
                    "perSecond was " + perSecond + " but it must be between 0.000001 and 1000000");
        }
        if (executors < 0) {
            throw new IllegalArgumentException("executors was " + executors + " but it must be 1 or more");
        }
    }

    /**
     * Each executor has an equal part from the beginning to the end. Right where there are many more splits than executors
     * and the number of executors is fixed; it needs nothing else.
     */
    public static RequestShares divided(double perSecond, int executors) {
        if (executors < 1) {
            throw new IllegalArgumentException("executors was " + executors + " but it must be 1 or more");
        }
        return new RequestShares(perSecond, executors);
    }

    /**
     * Each executor asks the driver for a part every second: see {@link io.apilados.pipeline.control.RequestBudget}. Right
     * where splits are few and large, or executors come and go. Needs {@code spark.plugins} to name
     * {@link BudgetPlugin}.
     */
    public static RequestShares leased(double perSecond) {
        return new RequestShares(perSecond, 0);
    }

    /** Whether the driver is asked. */
    public boolean isLeased() {
        return executors == 0;
    }
}
