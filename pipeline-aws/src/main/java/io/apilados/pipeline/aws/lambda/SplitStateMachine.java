// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.PipelineConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A state machine of Step Functions that runs all splits of a manifest by a {@link SplitWorkerHandler}, and then asks what
 * became of them: its definition in the Amazon States Language. Start it with {@code {"manifest":"<what publish gave>"}}.
 *
 * <p>Workers at once are as many as the rate of requests bears: each worker keeps to its own part of the rate
 * ({@link io.apilados.pipeline.control.RateLimit#perSecond(double)}), and there are never more of them than parts. A split
 * whose time was over is invoked again as long as it comes on; an invocation that fails is tried six times in all, but not
 * where that cannot help. Splits that have a report cost one short invocation, so a job that failed is run again by
 * redriving it, or by starting it anew.
 *
 * <p>Immutable.
 */
public final class SplitStateMachine {

    /** The most that run at once in one Map Run: {@value} (Step Functions, quotas of Distributed Map). */
    public static final int MOST_WORKERS = 10_000;

    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*");
    private static final Pattern FUNCTION =
            Pattern.compile("arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?");

    private static final String DEFINITION = """
            {
              "Comment": "The splits of a manifest, at most %1$d at once: %2$s requests a second in parts of %3$s",
              "StartAt": "Splits",
              "States": {
                "Splits": {
                  "Type": "Map",
                  "ItemReader": {
                    "Resource": "arn:%4$s:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSONL"},
                    "Parameters": {
                      "Bucket": "%5$s",
                      "Key.$": "States.Format('%6$s/{}/manifest.jsonl', $.manifest)"
                    }
                  },
                  "MaxConcurrency": %1$d,
                  "ToleratedFailurePercentage": %7$d,
                  "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Split",
                    "States": {
                      "Split": {
                        "Type": "Task",
                        "Resource": "arn:%4$s:states:::lambda:invoke",
                        "Parameters": {"FunctionName": "%8$s", "Payload.$": "$"},
                        "OutputPath": "$.Payload",
                        "Retry": [
                          {
                            "ErrorEquals": [
                              "io.apilados.pipeline.source.SourceChangedException",
                              "io.apilados.pipeline.PipelineConfigurationException",
                              "java.lang.IllegalArgumentException"
                            ],
                            "MaxAttempts": 0
                          },
                          {
                            "ErrorEquals": ["States.ALL"],
                            "IntervalSeconds": 10,
                            "MaxAttempts": 5,
                            "BackoffRate": 2,
                            "MaxDelaySeconds": 300,
                            "JitterStrategy": "FULL"
                          }
                        ],
                        "Next": "Is it done?"
                      },
                      "Is it done?": {
                        "Type": "Choice",
                        "Choices": [
                          {"Variable": "$.done", "BooleanEquals": true, "Next": "Done"},
                          {"Variable": "$.idleInvocations", "NumericGreaterThanEquals": 3, "Next": "Stuck"}
                        ],
                        "Default": "Split"
                      },
                      "Done": {"Type": "Succeed"},
                      "Stuck": {
                        "Type": "Fail",
                        "Error": "SplitStuck",
                        "Cause": "three invocations brought no record to its end; give the function more time, or look at the destination"
                      }
                    }
                  },
                  "ResultWriter": {
                    "Resource": "arn:%4$s:states:::s3:putObject",
                    "Parameters": {"Bucket": "%5$s", "Prefix": "%6$s/results"}
                  },
                  "ResultPath": "$.results",
                  "Next": "Report"
                },
                "Report": {
                  "Type": "Task",
                  "Resource": "arn:%4$s:states:::lambda:invoke",
                  "Parameters": {"FunctionName": "%8$s", "Payload": {"manifest.$": "$.manifest"}},
                  "OutputPath": "$.Payload",
                  "Retry": [
                    {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 5, "BackoffRate": 2}
                  ],
                  "Next": "Is all there?"
                },
                "Is all there?": {
                  "Type": "Choice",
                  "Choices": [{"Variable": "$.complete", "BooleanEquals": true, "Next": "Complete"}],
                  "Default": "Incomplete"
                },
                "Complete": {"Type": "Succeed"},
                "Incomplete": {
                  "Type": "Fail",
                  "Error": "SplitsMissing",
                  "Cause": "some splits have no report; start it again with the same manifest to go on with them"
                }
              }
            }
            """;

    private final String definition;
    private final int workers;

    private SplitStateMachine(String definition, int workers) {
        this.definition = definition;
        this.workers = workers;
    }

    /**
     * A state machine.
     *
     * @param store the place of the {@code S3SplitStore} that the manifest is in
     * @param functionArn the function that a {@link SplitWorkerHandler} is deployed as, best with an alias
     * @param perSecond requests a second of all workers together
     * @param workerPerSecond requests a second of one worker, as its rate limit says
     * @throws PipelineConfigurationException with every problem, if there is one
     */
    public static SplitStateMachine of(Place store, String functionArn, double perSecond, double workerPerSecond) {
        return of(store, functionArn, perSecond, workerPerSecond, 0);
    }

    /**
     * As {@link #of(Place, String, double, double)}, and the others go on as long as no more than so many splits have
     * failed for good.
     *
     * @param toleratedPercent 0 to 100
     */
    public static SplitStateMachine of(
            Place store, String functionArn, double perSecond, double workerPerSecond, int toleratedPercent) {
        List<String> problems = new ArrayList<>();
        if (!BUCKET.matcher(store.bucket()).matches()) {
            problems.add("bucket was '" + store.bucket() + "' but it must be the name of a bucket");
        }
        if (!PREFIX.matcher(store.prefix()).matches()) {
            problems.add(
                    "prefix was '" + store.prefix()
                            + "' but it must be parts of letters, digits, dots, hyphens and underscores with slashes between them");
        }
        if (!FUNCTION.matcher(functionArn).matches()) {
            problems.add("functionArn was '" + functionArn + "' but it must be the ARN of a Lambda function");
        }
        if (!(workerPerSecond > 0 && perSecond >= workerPerSecond && Double.isFinite(perSecond))) {
            problems.add("perSecond was " + perSecond + " and workerPerSecond " + workerPerSecond
                    + " but both must be more than zero, and the rate of one worker no more than that of all");
        } else if (perSecond / workerPerSecond >= MOST_WORKERS + 1) {
            problems.add("perSecond / workerPerSecond was " + perSecond / workerPerSecond + " workers but "
                    + MOST_WORKERS + " are the most that run at once; give each a larger part");
        }
        if (toleratedPercent < 0 || toleratedPercent > 100) {
            problems.add("toleratedPercent was " + toleratedPercent + " but it must be between 0 and 100");
        }
        if (!problems.isEmpty()) {
            throw new PipelineConfigurationException("the state machine cannot be defined", problems);
        }
        int workers = (int) (perSecond / workerPerSecond);
        String partition = functionArn.split(":", 3)[1];
        return new SplitStateMachine(
                DEFINITION.formatted(
                        workers,
                        perSecond,
                        workerPerSecond,
                        partition,
                        store.bucket(),
                        store.prefix(),
                        toleratedPercent,
                        functionArn),
                workers);
    }

    /**
     * Where a store is.
     *
     * @param bucket its bucket
     * @param prefix what all its keys begin with, without a slash at the end
     */
    public record Place(String bucket, String prefix) {
        public Place {
            Objects.requireNonNull(bucket, "bucket");
            Objects.requireNonNull(prefix, "prefix");
        }
    }

    /** How many workers there are at once, at the most. */
    public int workers() {
        return workers;
    }

    /** The definition, as JSON. */
    public String definition() {
        return definition;
    }
}
