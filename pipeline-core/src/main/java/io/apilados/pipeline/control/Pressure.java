// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/** How short memory is, as a {@link MemoryMonitor} judges it. The order is that of severity. */
public enum Pressure {
    /** There is room. */
    NONE,
    /** It gets tight: do less at a time. In a run: smaller batches, and fewer in flight. */
    HIGH,
    /** Take nothing more in until it falls. In a run: reading pauses, and what is in flight goes on. */
    CRITICAL
}
