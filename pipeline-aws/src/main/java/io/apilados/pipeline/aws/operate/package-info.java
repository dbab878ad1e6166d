// SPDX-License-Identifier: Apache-2.0
/**
 * Sizing, cost and storage of what runs on AWS. In go clients of the AWS SDK, reports of runs and a file of prices; out come
 * plans that can be read before they are applied, and figures with where they come from.
 *
 * <p>Start at {@link io.apilados.pipeline.aws.operate.LambdaTuner},
 * {@link io.apilados.pipeline.aws.operate.CostAnalyzer}, {@link io.apilados.pipeline.aws.operate.StorageOptimizer} or
 * {@link io.apilados.pipeline.aws.operate.PreflightCheck}. The SDK's {@code lambda} and {@code cloudwatch} are optional
 * dependencies: add those whose clients you hand in.
 */
@NullMarked
package io.apilados.pipeline.aws.operate;

import org.jspecify.annotations.NullMarked;
