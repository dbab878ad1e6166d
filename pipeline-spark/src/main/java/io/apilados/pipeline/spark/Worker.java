// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.control.RateLimit;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.micrometer.core.instrument.MeterRegistry;

/** A process that runs splits, as factories see it: an executor, or the driver before there are any. Safe for use by many threads. */
public interface Worker {

    /** {@code driver}; the number that Spark gave the executor, where it has a {@link BudgetPlugin}; or its process. */
    String name();

    /**
     * The catalog of the specification, one for the whole process.
     *
     * @throws IllegalStateException if the specification has none, and on the driver
     */
    CCTsCatalog catalog();

    /**
     * This process's part of the budget of the specification; {@link RateLimit#adaptive()} if it has none. All tasks of
     * the process share it.
     */
    RateLimit rate();

    /** Where meters of this process go; meters of a registry that keeps nothing if the specification has none. */
    MeterRegistry meters();
}
