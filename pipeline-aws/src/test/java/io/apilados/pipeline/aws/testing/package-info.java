// SPDX-License-Identifier: Apache-2.0
/**
 * Stores that speak the protocol of S3, in processes of their own, and what stands between them and a test: connections
 * that break, stall or are slow, and writes one at a time. Start at {@link io.apilados.pipeline.aws.testing.S3Servers}.
 */
@NullMarked
package io.apilados.pipeline.aws.testing;

import org.jspecify.annotations.NullMarked;
