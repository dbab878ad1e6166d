// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A destination that does what a script says, in the time of a {@link Scheduler}, and remembers every request. Confined
 * to the thread of a {@link VirtualScheduler}.
 *
 * @param <T> what a record is
 */
public final class ScriptedDelivery<T> implements BatchDelivery<T> {

    private final Scheduler scheduler;
    private final Function<Batch<T>, Reply> script;
    private final List<Batch<T>> requests = new ArrayList<>();
    private int inFlight;
    private int mostInFlight;
    private int largestRequest = Integer.MAX_VALUE;

    /**
     * What happens to a request.
     *
     * @param latency how long it takes
     * @param outcome the answer
     * @param failure what fails instead; null if there is an answer
     */
    public record Reply(Duration latency, DeliveryOutcome outcome, Throwable failure) {

        /** An answer. */
        public static Reply of(DeliveryOutcome outcome) {
            return new Reply(Duration.ofMillis(10), Objects.requireNonNull(outcome), null);
        }

        /** No answer. */
        public static Reply failing(Throwable failure) {
            return new Reply(Duration.ofMillis(10), null, Objects.requireNonNull(failure));
        }

        /** The same after another time. */
        public Reply after(Duration time) {
            return new Reply(time, outcome, failure);
        }
    }

    /** A destination that does what {@code script} says of each request. */
    public ScriptedDelivery(Scheduler scheduler, Function<Batch<T>, Reply> script) {
        this.scheduler = scheduler;
        this.script = script;
    }

    /** From now on it wants at most so many records in a request. */
    public ScriptedDelivery<T> takingAtMost(int records) {
        largestRequest = records;
        return this;
    }

    @Override
    public int largestRequest() {
        return largestRequest;
    }

    @Override
    public CompletionStage<DeliveryOutcome> deliver(Batch<T> batch) {
        requests.add(batch);
        mostInFlight = Math.max(mostInFlight, ++inFlight);
        Reply reply = script.apply(batch);
        CompletableFuture<DeliveryOutcome> answer = new CompletableFuture<>();
        scheduler.schedule(
                () -> {
                    inFlight--;
                    if (reply.failure() == null) {
                        answer.complete(reply.outcome());
                    } else {
                        answer.completeExceptionally(reply.failure());
                    }
                },
                reply.latency());
        return answer;
    }

    /** Every request so far, in order. */
    public List<Batch<T>> requests() {
        return List.copyOf(requests);
    }

    /** The most requests that were under way at once. */
    public int mostInFlight() {
        return mostInFlight;
    }
}
