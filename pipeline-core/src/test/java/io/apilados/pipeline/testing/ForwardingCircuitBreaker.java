// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Registration;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Does what another breaker does; override what is to be otherwise. */
public class ForwardingCircuitBreaker implements CircuitBreaker {

    private final CircuitBreaker breaker;

    protected ForwardingCircuitBreaker(CircuitBreaker breaker) {
        this.breaker = breaker;
    }

    @Override
    public State state() {
        return breaker.state();
    }

    @Override
    public Optional<Permit> tryAcquire() {
        return breaker.tryAcquire();
    }

    @Override
    public CompletionStage<Void> whenAdmitting() {
        return breaker.whenAdmitting();
    }

    @Override
    public Permit acquire(Duration patience) throws InterruptedException, TimeoutException {
        return breaker.acquire(patience);
    }

    @Override
    public Registration onStateChange(Consumer<? super State> listener) {
        return breaker.onStateChange(listener);
    }
}
