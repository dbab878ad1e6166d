// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.deliver.RequestOutcome;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RunReport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * One of several listeners in a row: tells it, keeps its exceptions away from the run, and tells those behind it.
 *
 * <p>Each event is passed on as it is, and not as an object that stands for it: several are told for each batch, and are
 * among what the JVM compiles in every run.
 */
final class GuardedListener implements PipelineListener {

    private static final PipelineListener NOBODY = new PipelineListener() {};

    private final PipelineListener listener;
    private final PipelineListener rest;

    /** Shared by all of a row. */
    private final AtomicBoolean warned;

    private GuardedListener(PipelineListener listener, PipelineListener rest, AtomicBoolean warned) {
        this.listener = listener;
        this.rest = rest;
        this.warned = warned;
    }

    /** Tells all of these, in their order. */
    static PipelineListener of(List<PipelineListener> listeners) {
        AtomicBoolean warned = new AtomicBoolean();
        PipelineListener row = NOBODY;
        for (int i = listeners.size() - 1; i >= 0; i--) {
            row = new GuardedListener(listeners.get(i), row, warned);
        }
        return row;
    }

    private void threw(RuntimeException e) {
        if (warned.compareAndSet(false, true)) {
            LoggerFactory.getLogger(PipelineListener.class)
                    .warn(
                            "a listener of class {} threw {}; it is ignored, and so are further ones of this run",
                            listener.getClass().getName(),
                            e.getClass().getName());
        }
    }

    @Override
    public void runStarted(RunStart start) {
        try {
            listener.runStarted(start);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.runStarted(start);
    }

    @Override
    public void recordsRead(long records, long filtered, long bytes) {
        try {
            listener.recordsRead(records, filtered, bytes);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.recordsRead(records, filtered, bytes);
    }

    @Override
    public void batchSent(int records) {
        try {
            listener.batchSent(records);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.batchSent(records);
    }

    @Override
    public void requestEnded(int records, Duration duration, RequestOutcome outcome) {
        try {
            listener.requestEnded(records, duration, outcome);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.requestEnded(records, duration, outcome);
    }

    @Override
    public void batchSettled(int records, Duration duration) {
        try {
            listener.batchSettled(records, duration);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.batchSettled(records, duration);
    }

    @Override
    public void batchRetried(int records, String reason, Duration delay) {
        try {
            listener.batchRetried(records, reason, delay);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.batchRetried(records, reason, delay);
    }

    @Override
    public void batchDelivered(int records) {
        try {
            listener.batchDelivered(records);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.batchDelivered(records);
    }

    @Override
    public void recordRejected(RejectedRecord record) {
        try {
            listener.recordRejected(record);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.recordRejected(record);
    }

    @Override
    public void runEnded(RunReport report) {
        try {
            listener.runEnded(report);
        } catch (RuntimeException e) {
            threw(e);
        }
        rest.runEnded(report);
    }
}
