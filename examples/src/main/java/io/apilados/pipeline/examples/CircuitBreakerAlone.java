// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.CircuitBreaker.Permit;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** A service waits at the gate while its destination fails. */
public final class CircuitBreakerAlone {

    private CircuitBreakerAlone() {}

    /** Runs it. */
    public static void main(String[] args) throws InterruptedException, TimeoutException {
        CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(3)
                .openTime(Duration.ofMillis(200))
                .build();
        int calls = 0;
        for (int done = 0; done < 5; calls++) {
            try (Permit permit = breaker.acquire(Duration.ofSeconds(10))) {
                boolean destinationFails = calls < 4;
                if (destinationFails) {
                    permit.failed();
                } else {
                    permit.succeeded();
                    done++;
                }
            }
        }
        System.out.println("5 done in " + calls + " calls, and the gate is " + breaker.state());
    }
}
