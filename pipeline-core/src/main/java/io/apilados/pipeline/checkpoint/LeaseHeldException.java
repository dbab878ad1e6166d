// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.IOException;

/** Another run of the same source lives and has its checkpoint. Wait for its end, or stop it. */
public final class LeaseHeldException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Tells whose source it is, and who holds it. */
    public LeaseHeldException(String location, String holder) {
        super(location + ": another run of it is under way (" + holder + "); wait for its end, or stop it");
    }
}
