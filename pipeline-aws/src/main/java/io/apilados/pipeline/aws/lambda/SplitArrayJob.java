// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.PipelineConfigurationException;
import io.apilados.pipeline.source.SplitPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of many equal jobs that share the splits of a manifest by their numbers: a child of an array job of AWS Batch, or a pod
 * of an indexed job of Kubernetes. Job {@code i} of {@code n} runs the splits {@code i, i + n, i + 2n} and so on, one after
 * the other, without a deadline; those that have a report are passed over. A job that is killed goes on from its
 * checkpoints when it is started again.
 *
 * <pre>{@code
 * public static void main(String[] args) throws IOException {
 *     new SplitArrayJob(SplitWorker.of(store, pipeline)).run(System.getenv());
 * }
 * }</pre>
 *
 * <table>
 * <caption>Variables of the environment</caption>
 * <tr><td>{@value #MANIFEST}</td><td>which manifest</td></tr>
 * <tr><td>{@value #BATCH_INDEX}, {@value #BATCH_SIZE}</td><td>as Batch sets them</td></tr>
 * <tr><td>{@value #KUBERNETES_INDEX}</td><td>as Kubernetes sets it; it does not tell how many jobs there are</td></tr>
 * <tr><td>{@value #WORKERS}</td><td>how many jobs there are, where {@value #BATCH_SIZE} is not set</td></tr>
 * </table>
 *
 * <p>Safe for use by many threads, if the worker is.
 */
public final class SplitArrayJob {

    /** {@value}. */
    public static final String MANIFEST = "SPLIT_MANIFEST";

    /** {@value}. */
    public static final String WORKERS = "SPLIT_WORKERS";

    /** {@value}. */
    public static final String BATCH_INDEX = "AWS_BATCH_JOB_ARRAY_INDEX";

    /** {@value}. */
    public static final String BATCH_SIZE = "AWS_BATCH_JOB_ARRAY_SIZE";

    /** {@value}. */
    public static final String KUBERNETES_INDEX = "JOB_COMPLETION_INDEX";

    private static final Logger LOG = LoggerFactory.getLogger(SplitArrayJob.class);

    private final SplitWorker worker;

    /** A job that runs its splits by this worker. */
    public SplitArrayJob(SplitWorker worker) {
        this.worker = Objects.requireNonNull(worker, "worker");
    }

    /**
     * Runs all splits that are this job's.
     *
     * @param environment of the process
     * @return what each came to
     * @throws PipelineConfigurationException if a variable is missing or wrong, with every problem
     * @throws IOException as {@link SplitWorker#run(String, int)}: the splits before are done
     */
    public List<SplitResult> run(Map<String, String> environment) throws IOException {
        List<String> problems = new ArrayList<>();
        String manifest = environment.getOrDefault(MANIFEST, "");
        if (manifest.isEmpty()) {
            problems.add(MANIFEST + " was not set but it must name a manifest");
        }
        int index = number(environment, BATCH_INDEX, KUBERNETES_INDEX, 0, problems);
        int jobs = number(environment, BATCH_SIZE, WORKERS, 1, problems);
        if (problems.isEmpty() && index >= jobs) {
            problems.add("this job is number " + index + " but there are " + jobs + ", from 0 on");
        }
        if (!problems.isEmpty()) {
            throw new PipelineConfigurationException("the job cannot be run", problems);
        }
        SplitPlan plan = worker.plan(manifest);
        List<SplitResult> results = new ArrayList<>();
        for (int split = index; split < plan.splits().size(); split += jobs) {
            SplitResult result = worker.run(manifest, split);
            LOG.info("{}: done, {} records settled by this job", plan.splits().get(split), result.settled());
            results.add(result);
        }
        return results;
    }

    private static int number(
            Map<String, String> environment, String name, String otherwise, int least, List<String> problems) {
        @Nullable String text = environment.getOrDefault(name, environment.get(otherwise));
        try {
            int number = text == null ? -1 : Integer.parseInt(text);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // As any other that is no such number.
        }
        problems.add(name + " and " + otherwise + " were " + (text == null ? "not set" : "'" + text + "'")
                + " but one must be a whole number from " + least + " on");
        return least;
    }
}
