/**
 * Metrics for Amazon CloudWatch. In go the meters of a pipeline and the figures of its runs, out come lines in the embedded
 * metric format. No AWS client is needed for that. Services send them by CloudWatch's API, and have a dashboard and alarms
 * made on them; for that add the SDK's {@code cloudwatch}.
 *
 * <p>Start at {@link io.apilados.pipeline.aws.cloudwatch.EmfMeterRegistry} and
 * {@link io.apilados.pipeline.aws.cloudwatch.RunMetrics}; the names are in
 * {@link io.apilados.pipeline.aws.cloudwatch.RunMetric}. Then {@link io.apilados.pipeline.aws.cloudwatch.PipelineMonitoring} and
 * {@link io.apilados.pipeline.aws.cloudwatch.CloudWatchProvisioner}.
 */
@NullMarked
package io.apilados.pipeline.aws.cloudwatch;

import org.jspecify.annotations.NullMarked;
