/**
 * Metrics for Amazon CloudWatch. In go the meters of a pipeline and the figures of its runs, out come lines in the embedded
 * metric format. No AWS client is needed for that.
 *
 * <p>Start at {@link io.apilados.pipeline.aws.cloudwatch.EmfMeterRegistry} and
 * {@link io.apilados.pipeline.aws.cloudwatch.RunMetrics}; the names are in
 * {@link io.apilados.pipeline.aws.cloudwatch.RunMetric}.
 */
@NullMarked
package io.apilados.pipeline.aws.cloudwatch;

import org.jspecify.annotations.NullMarked;
