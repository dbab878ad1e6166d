// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import org.jspecify.annotations.Nullable;

/** How a request ended, without what was said. */
public enum RequestOutcome {
    /** All of its records arrived. */
    DELIVERED,
    /** Each of its records has an outcome of its own. */
    PER_RECORD,
    /** It is to be made again. */
    RETRY,
    /** It was refused as a whole. */
    REFUSED,
    /** Nothing can be delivered any more. */
    STOP,
    /** The delivery's own code is at fault. */
    FAULT;

    /** The kind of the outcome; null stands for a fault. */
    static RequestOutcome of(@Nullable DeliveryOutcome outcome) {
        if (outcome == null) {
            return FAULT;
        }
        if (outcome instanceof DeliveryOutcome.Delivered) {
            return DELIVERED;
        }
        if (outcome instanceof DeliveryOutcome.PerRecord) {
            return PER_RECORD;
        }
        if (outcome instanceof DeliveryOutcome.Retry) {
            return RETRY;
        }
        return outcome instanceof DeliveryOutcome.Refused ? REFUSED : STOP;
    }
}
