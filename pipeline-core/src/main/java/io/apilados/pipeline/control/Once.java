// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * What ends once, whoever ends it. Safe for use by many threads.
 *
 * <p>Why a monitor, and not an atomic: where a permit does not leave the method that took it, the compiler removes the
 * object together with its monitor, so that it costs no memory; a compare-and-set on a field of it would keep it. The
 * monitor is held for two instructions and never while something waits. What leaves the method anyway counts its endings
 * instead, as {@link Pass} does: that is less to compile.
 */
abstract class Once {

    private boolean ended;

    /** True for the first caller alone. */
    final synchronized boolean ends() {
        boolean first = !ended;
        ended = true;
        return first;
    }
}
