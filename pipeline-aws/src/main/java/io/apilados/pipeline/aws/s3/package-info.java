// SPDX-License-Identifier: Apache-2.0
/**
 * Amazon S3, and stores that speak its protocol: sources, checkpoints, splits, rejected records, reports and catalogs.
 *
 * <p>In: an {@code S3Client}, a bucket and a key. Out: a {@code ByteSource} whose streams go on where a connection broke,
 * and never mix two versions of an object; a {@code CheckpointStore}, a {@code SplitStore} and {@code RejectedRecords} that
 * write only what is still what they know. Start at {@link io.apilados.pipeline.aws.s3.S3ByteSource}, then
 * {@link io.apilados.pipeline.aws.s3.S3CheckpointStore}.
 */
@NullMarked
package io.apilados.pipeline.aws.s3;

import org.jspecify.annotations.NullMarked;
