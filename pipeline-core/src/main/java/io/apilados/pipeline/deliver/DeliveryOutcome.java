// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What became of a batch that was sent. */
public sealed interface DeliveryOutcome {

    /** Every record arrived. */
    record Delivered() implements DeliveryOutcome {
        private static final Delivered ALL = new Delivered();
    }

    /**
     * The destination answered for each record.
     *
     * @param outcomes one for each record of the batch, in its order
     */
    record PerRecord(List<RecordOutcome> outcomes) implements DeliveryOutcome {
        public PerRecord {
            outcomes = List.copyOf(outcomes);
        }
    }

    /**
     * Not now: the batch is to be sent again, with the same key.
     *
     * @param reason a short stable word, such as {@code http-503}
     * @param after the destination's wish, which is never undercut; null if it has none
     * @param overloaded whether it says that it has too much to do, so that fewer requests should be in flight
     * @param failing whether it is the destination that fails, so that a breaker should count it; one that is busy, or
     *     has the key still in work, does not fail
     */
    record Retry(String reason, @Nullable Duration after, boolean overloaded, boolean failing)
            implements DeliveryOutcome {
        public Retry {
            Objects.requireNonNull(reason, "reason");
        }
    }

    /**
     * Never like this: some record in it is bad, or it is too large. The batch is split until the bad ones stand alone,
     * and those are rejected. None of its records may have been applied.
     *
     * @param code a short stable word, such as {@code http-422}
     * @param message for people; never holds a record's text
     * @param tooLarge whether it is the batch that is too large
     */
    record Refused(String code, String message, boolean tooLarge) implements DeliveryOutcome {
        public Refused {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(message, "message");
        }
    }

    /**
     * Nothing will arrive until somebody does something, such as giving out a valid token: the run stops.
     *
     * @param code a short stable word, such as {@code http-401}
     * @param message what is wrong and what to do
     */
    record Stop(String code, String message) implements DeliveryOutcome {
        public Stop {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(message, "message");
        }
    }

    /** Every record arrived. */
    static DeliveryOutcome delivered() {
        return Delivered.ALL;
    }

    /** To be sent again when the pipeline thinks fit; the destination fails. */
    static DeliveryOutcome retry(String reason) {
        return new Retry(reason, null, false, true);
    }

    /** To be sent again; the destination works, and has too much to do. */
    static DeliveryOutcome overloaded(String reason, @Nullable Duration after) {
        return new Retry(reason, after, true, false);
    }

    /** Nobody knows what became of it, because the exchange ended like this: to be sent again, with the same key. */
    static DeliveryOutcome lost(IOException cause) {
        if (cause instanceof SocketTimeoutException) {
            return timedOut();
        }
        if (cause instanceof UnknownHostException) {
            return retry("unknown-host");
        }
        boolean unreachable = cause instanceof ConnectException || cause instanceof NoRouteToHostException;
        return retry(unreachable ? "no-connection" : "connection-broken");
    }

    /** Nobody knows what became of it, because there was no answer in time: to be sent again, with the same key. */
    static DeliveryOutcome timedOut() {
        return new Retry("time-out", null, true, true);
    }

    /** To be split, because some record in it is bad. */
    static DeliveryOutcome refused(String code, String message) {
        return new Refused(code, message, false);
    }

    /** To be split, because it is too large. */
    static DeliveryOutcome tooLarge(String code, String message) {
        return new Refused(code, message, true);
    }

    /** The run must stop. */
    static DeliveryOutcome stop(String code, String message) {
        return new Stop(code, message);
    }
}
