// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/** Controllers on a clock of the test's choice, for simulations in other packages. */
public final class SimulatedControllers {

    private SimulatedControllers() {}

    public static ConcurrencyController adaptive(int min, int initial, int max, Scheduler scheduler) {
        return new FifoConcurrencyController(new WindowedLimit(min, initial, max), Integer.MAX_VALUE, scheduler);
    }

    public static ConcurrencyController fixed(int limit, Scheduler scheduler) {
        return new FifoConcurrencyController(new FixedLimit(limit), Integer.MAX_VALUE, scheduler);
    }
}
