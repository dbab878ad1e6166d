// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import java.io.IOException;
import java.util.Objects;

/**
 * What sees to it that objects are gone on with when an invocation has no more time. Three ways are here; one's own is a
 * method.
 *
 * <p>Safe for use by many threads.
 */
@FunctionalInterface
public interface Continuation {

    /** Invocations in a row without a record that came to its end, after which a function no longer invokes itself: {@value}. */
    int MOST_IDLE_INVOCATIONS = 5;

    /** What becomes of the event. */
    enum Handover {
        /** The answer says that it is not done, and whoever called calls again with it. */
        ANSWERED,
        /** The event counts as failed, so that it comes again. */
        REDELIVERED,
        /** Somebody was told to go on; the event is done with. */
        SENT
    }

    /**
     * What is left.
     *
     * @param functionArn the function, with the alias or version by which it was called
     * @param event an event that any handler of this package takes: the objects that are left
     * @param idleInvocations how many invocations in a row, this one included, brought no record to its end
     */
    record Rest(String functionArn, byte[] event, int idleInvocations) {

        public Rest {
            Objects.requireNonNull(functionArn, "functionArn");
            event = event.clone();
        }
    }

    /**
     * Sees to it that the rest is done.
     *
     * @throws IOException if it cannot: the event counts as failed
     */
    Handover handOver(Rest rest) throws IOException;

    /**
     * The answer of the invocation is {@code {"done":false,...}} and is the next event: for a loop of Step Functions. Not
     * for events that nobody waits for the answer of.
     */
    static Continuation answered() {
        return rest -> Handover.ANSWERED;
    }

    /**
     * The event counts as failed, and the queue brings it again when its visibility time-out is over. Each time counts as a
     * receive, so the queue's {@code maxReceiveCount} has to allow for as many invocations as the longest file takes.
     */
    static Continuation redelivered() {
        return rest -> Handover.REDELIVERED;
    }

    /**
     * The function invokes itself. Lambda takes that for a mistake after about sixteen times and stops it, unless the
     * function is configured to allow recursion ({@code PutFunctionRecursionConfig}). After
     * {@value #MOST_IDLE_INVOCATIONS} invocations that brought no record to its end the event fails instead.
     */
    static Continuation invokingItself(FunctionInvoker invoker) {
        Objects.requireNonNull(invoker, "invoker");
        return rest -> {
            if (rest.idleInvocations() >= MOST_IDLE_INVOCATIONS) {
                throw new IOException(rest.functionArn() + ": " + rest.idleInvocations()
                        + " invocations in a row brought no record to its end, so that it does not invoke itself again;"
                        + " look at why, and send the event again to go on");
            }
            invoker.invoke(rest.functionArn(), rest.event());
            return Handover.SENT;
        };
    }
}
