// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.function.BooleanSupplier;

/**
 * Wakes waiters one after the other. A waiter that is woken may do what wakes the next, on the same stack; that call
 * comes back at once and the loop further down goes on, so that a long queue does not make a deep stack.
 *
 * <p>Safe for use by many threads: each has a loop of its own.
 */
final class Trampoline {

    private final ThreadLocal<Boolean> running = new ThreadLocal<>();

    /** Calls {@code step} until it returns false, unless this thread is inside of a step already. */
    void run(BooleanSupplier step) {
        if (running.get() != null) {
            return;
        }
        running.set(Boolean.TRUE);
        try {
            while (step.getAsBoolean()) {
                // Until there is nothing left to do.
            }
        } finally {
            running.remove();
        }
    }
}
