// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.deliver.DeliveryOutcome;

/** No request will do until somebody does something. On its way to become {@link DeliveryOutcome.Stop}. */
final class RunStop extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;

    RunStop(String code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    DeliveryOutcome outcome() {
        return DeliveryOutcome.stop(code, String.valueOf(getMessage()));
    }
}
