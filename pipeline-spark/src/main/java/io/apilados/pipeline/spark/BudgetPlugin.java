// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.control.RequestBudget;
import io.apilados.pipeline.control.RequestLease;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Lets executors ask the driver for their part of a rate, by Spark's own messages between them; and closes what an executor
 * keeps for its jobs when the executor ends. Spark makes it where {@code spark.plugins} names it:
 *
 * <pre>--conf spark.plugins=io.apilados.pipeline.spark.BudgetPlugin</pre>
 */
public final class BudgetPlugin implements SparkPlugin {

    /** For Spark, which makes it by its name. */
    public BudgetPlugin() {}

    @Override
    public DriverPlugin driverPlugin() {
        return new Budgets();
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new Asking();
    }

    /** On the driver: a budget for each job that is asked for. */
    private static final class Budgets implements DriverPlugin {
        private final Map<String, RequestBudget> byJob = new ConcurrentHashMap<>();

        @Override
        public Object receive(Object message) {
            BudgetQuestion question = BudgetQuestion.of(message);
            RequestLease lease = byJob.computeIfAbsent(
                            question.jobId(), job -> RequestBudget.perSecond(question.perSecond()))
                    .lease(question.request());
            return BudgetQuestion.toMessage(lease);
        }
    }

    private static final class Asking implements ExecutorPlugin {

        @Override
        public void init(PluginContext context, Map<String, String> unused) {
            ExecutorRuntimes.OF_THIS_PROCESS.plug(context.executorID(), question -> {
                try {
                    return BudgetQuestion.leaseOf(context.ask(question.toMessage()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted while asking the driver for a lease", e);
                } catch (Exception e) {
                    throw new IOException("the driver gave no lease of the request budget", e);
                }
            });
        }

        @Override
        public void shutdown() {
            ExecutorRuntimes.OF_THIS_PROCESS.unplug();
        }
    }
}
