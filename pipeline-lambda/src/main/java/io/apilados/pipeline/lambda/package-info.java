/**
 * The mission as a function for AWS Lambda, configured by its environment: events that name CSVs in S3 go in, their records
 * are looked up in a catalog and delivered to an API.
 *
 * <p>The handlers are {@link io.apilados.pipeline.lambda.IngestS3Handler} and
 * {@link io.apilados.pipeline.lambda.IngestSqsHandler}; what can be set is in
 * {@link io.apilados.pipeline.lambda.IngestSetting}.
 */
@NullMarked
package io.apilados.pipeline.lambda;

import org.jspecify.annotations.NullMarked;
