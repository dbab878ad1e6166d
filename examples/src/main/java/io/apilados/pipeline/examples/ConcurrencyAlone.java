// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.ConcurrencyController.Permit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Twenty threads of a service share four places before a destination. */
public final class ConcurrencyAlone {

    private ConcurrencyAlone() {}

    /** Runs it. */
    public static void main(String[] args) throws InterruptedException {
        ConcurrencyController controller = ConcurrencyController.fixed(4);
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger mostAtOnce = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Thread thread = new Thread(() -> {
                try (Permit permit = controller.acquire()) {
                    mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    // Here the service calls its destination. A call that was refused for overload ends as dropped.
                    atOnce.decrementAndGet();
                    permit.succeeded();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.println("never more than 4 at once: " + (mostAtOnce.get() <= 4));
        System.out.println("permits out at the end: " + controller.inFlight());
    }
}
