// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What became of one record of a batch. */
public sealed interface RecordOutcome {

    /** It arrived. */
    record Delivered() implements RecordOutcome {
        private static final Delivered ONE = new Delivered();
    }

    /**
     * Not now: it is to be sent again.
     *
     * @param reason a short stable word
     * @param after the destination's wish; null if it has none
     */
    record Retry(String reason, @Nullable Duration after) implements RecordOutcome {
        public Retry {
            Objects.requireNonNull(reason, "reason");
        }
    }

    /**
     * Never: it is bad.
     *
     * @param code a short stable word
     * @param message for people; never holds the record's text
     */
    record Rejected(String code, String message) implements RecordOutcome {
        public Rejected {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(message, "message");
        }
    }

    /** It arrived. */
    static RecordOutcome delivered() {
        return Delivered.ONE;
    }

    /** It is to be sent again. */
    static RecordOutcome retry(String reason) {
        return new Retry(reason, null);
    }

    /** It is bad. */
    static RecordOutcome rejected(String code, String message) {
        return new Rejected(code, message);
    }
}
