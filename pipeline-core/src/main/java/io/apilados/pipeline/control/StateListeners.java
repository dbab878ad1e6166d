// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Those who are told of each change of a breaker's state, for breakers of any make. What one of them throws is logged, and
 * the others are told all the same. Safe for use by many threads.
 */
public final class StateListeners {

    private final List<Entry> entries = new CopyOnWriteArrayList<>();

    /** Nobody so far. */
    public StateListeners() {}

    /** Another one. */
    public Registration add(Consumer<? super CircuitBreaker.State> listener) {
        Entry entry = new Entry(Objects.requireNonNull(listener, "listener"));
        entries.add(entry);
        return entry;
    }

    /** Tells everybody. */
    public void tell(CircuitBreaker.State state) {
        for (Entry entry : entries) {
            try {
                entry.listener.accept(state);
            } catch (RuntimeException | Error e) {
                LoggerFactory.getLogger(CircuitBreaker.class)
                        .warn("a listener failed when it was told that the circuit breaker is {}", state, e);
            }
        }
    }

    /** Not a record: the same listener may be registered twice. */
    private final class Entry implements Registration {
        private final Consumer<? super CircuitBreaker.State> listener;

        Entry(Consumer<? super CircuitBreaker.State> listener) {
            this.listener = listener;
        }

        @Override
        public void close() {
            entries.remove(this);
        }
    }
}
