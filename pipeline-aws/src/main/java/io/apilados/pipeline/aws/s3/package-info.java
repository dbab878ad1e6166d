// SPDX-License-Identifier: Apache-2.0
/**
 * Sources in Amazon S3, and in stores that speak its protocol.
 *
 * <p>In: an {@code S3Client}, a bucket and a key. Out: a {@code ByteSource} whose streams go on where a connection broke,
 * and never mix two versions of an object. Start at {@link io.apilados.pipeline.aws.s3.S3ByteSource}.
 */
@NullMarked
package io.apilados.pipeline.aws.s3;

import org.jspecify.annotations.NullMarked;
