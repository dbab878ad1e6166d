// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.control;

/** What one call goes through that nothing holds up. */
@FunctionalInterface
interface Guard {

    /** Asks to be let through, and ends well if so. False if it was refused, which no benchmark wants. */
    boolean pass();

    /** Checks that one thread is never refused. */
    default void check() {
        for (int i = 0; i < 10_000; i++) {
            if (!pass()) {
                throw new IllegalStateException("call " + i + " was refused");
            }
        }
    }
}
