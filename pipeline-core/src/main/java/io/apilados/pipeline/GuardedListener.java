// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.deliver.RequestOutcome;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RunReport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** Tells several listeners, and keeps their exceptions away from the run. */
final class GuardedListener implements PipelineListener {

    private final PipelineListener[] listeners;
    private final AtomicBoolean warned = new AtomicBoolean();

    GuardedListener(List<PipelineListener> listeners) {
        this.listeners = listeners.toArray(PipelineListener[]::new);
    }

    private void tell(Consumer<PipelineListener> event) {
        for (PipelineListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (RuntimeException e) {
                if (warned.compareAndSet(false, true)) {
                    LoggerFactory.getLogger(PipelineListener.class)
                            .warn(
                                    "a listener of class {} threw {}; it is ignored, and so are further ones of this run",
                                    listener.getClass().getName(),
                                    e.getClass().getName());
                }
            }
        }
    }

    @Override
    public void runStarted(RunStart start) {
        tell(listener -> listener.runStarted(start));
    }

    @Override
    public void recordsRead(long records, long filtered, long bytes) {
        tell(listener -> listener.recordsRead(records, filtered, bytes));
    }

    @Override
    public void batchSent(int records) {
        tell(listener -> listener.batchSent(records));
    }

    @Override
    public void requestEnded(int records, Duration duration, RequestOutcome outcome) {
        tell(listener -> listener.requestEnded(records, duration, outcome));
    }

    @Override
    public void batchSettled(int records, Duration duration) {
        tell(listener -> listener.batchSettled(records, duration));
    }

    @Override
    public void batchRetried(int records, String reason, Duration delay) {
        tell(listener -> listener.batchRetried(records, reason, delay));
    }

    @Override
    public void batchDelivered(int records) {
        tell(listener -> listener.batchDelivered(records));
    }

    @Override
    public void recordRejected(RejectedRecord record) {
        tell(listener -> listener.recordRejected(record));
    }

    @Override
    public void runEnded(RunReport report) {
        tell(listener -> listener.runEnded(report));
    }
}
