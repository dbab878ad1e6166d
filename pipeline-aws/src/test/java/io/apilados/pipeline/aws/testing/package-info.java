// SPDX-License-Identifier: Apache-2.0
/**
 * A stand-in for CloudWatch, Lambda and the configuration of S3 buckets that keeps state, and holds every request against
 * the official service models. Start at {@link io.apilados.pipeline.aws.testing.AwsStub}.
 */
@NullMarked
package io.apilados.pipeline.aws.testing;

import org.jspecify.annotations.NullMarked;
