// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Lets everybody through and remembers nothing. */
final class DisabledCircuitBreaker implements CircuitBreaker {

    private static final Permit PERMIT = new Permit() {
        @Override
        public boolean isProbe() {
            return false;
        }

        @Override
        public void succeeded() {}

        @Override
        public void failed() {}

        @Override
        public void failed(Duration retryAfter) {}

        @Override
        public void ignored() {}
    };

    private final Optional<Permit> always = Optional.of(PERMIT);

    @Override
    public Registration onStateChange(Consumer<? super State> listener) {
        return () -> {};
    }

    @Override
    public Optional<Permit> tryAcquire() {
        return always;
    }

    @Override
    public CompletionStage<Void> whenAdmitting() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Permit acquire(Duration patience) {
        return PERMIT;
    }

    @Override
    public State state() {
        return State.CLOSED;
    }

    @Override
    public String toString() {
        return "none";
    }
}
