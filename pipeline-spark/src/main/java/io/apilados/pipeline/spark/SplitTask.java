// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.PipelineConfigurationException;
import io.apilados.pipeline.PipelineException;
import io.apilados.pipeline.SplitSession;
import io.apilados.pipeline.report.SplitReport;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.Split;
import java.io.IOException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * Runs one split. It returns nothing but what is wrong with the split for good, because Spark would try again what is
 * thrown; what the split came to is in its store.
 */
final class SplitTask<T> implements Function<Integer, String> {

    private static final long serialVersionUID = 1L;

    private final Broadcast<SplitJob<T>> sent;

    SplitTask(Broadcast<SplitJob<T>> sent) {
        this.sent = sent;
    }

    @Override
    public String call(Integer index) throws IOException {
        SplitJob<T> job = sent.value();
        Split split = job.plan().splits().get(index);
        try (ExecutorRuntimes.Use<T> use = ExecutorRuntimes.OF_THIS_PROCESS.use(job);
                SplitSession session = use.runtime().session(split)) {
            while (session.step()) {
                if (TaskContext.get().isInterrupted()) {
                    throw new IOException(split + ": Spark has asked the task to end");
                }
            }
            SplitReport unused = session.commit();
            return "";
        } catch (SourceChangedException | PipelineConfigurationException | IllegalArgumentException e) {
            return split + ": " + e.getMessage();
        } catch (PipelineException e) {
            if (e.getCause() instanceof SourceChangedException) {
                return String.valueOf(e.getMessage());
            }
            throw e;
        }
    }
}
