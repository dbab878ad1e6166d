// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.report.RunReport;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A run on a thread of its own, which is the reading thread. */
final class BackgroundRun implements PipelineRun {

    private final Run<?> run;
    private final FutureTask<RunReport> end;

    BackgroundRun(Run<?> run) {
        this.run = run;
        this.end = new FutureTask<>(run::execute);
        new Thread(end, "pipeline-reader").start();
    }

    @Override
    public Progress progress() {
        return run.progress();
    }

    @Override
    public void stop() {
        run.stop();
    }

    @Override
    public RunReport await() throws InterruptedException {
        try {
            return end.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof PipelineException broken) {
                throw broken;
            }
            throw new IllegalStateException("the run threw what it must not throw", e.getCause());
        }
    }
}
