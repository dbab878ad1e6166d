/**
 * Pipelines on AWS Lambda. In goes an event that names objects in S3; each is read by a pipeline of the user's making, with
 * a deadline, and out goes an answer that says what became of it. What an invocation does not finish is gone on with by the
 * next one, from a checkpoint.
 *
 * <p>Start at {@link io.apilados.pipeline.aws.lambda.LambdaPipeline}, which a handler is made of:
 * {@link io.apilados.pipeline.aws.lambda.S3EventHandler} or {@link io.apilados.pipeline.aws.lambda.SqsS3EventHandler}.
 * Where a file is too large for one after the other, {@link io.apilados.pipeline.aws.lambda.SplitWorkerHandler} runs its splits
 * beside each other, for a {@link io.apilados.pipeline.aws.lambda.SplitStateMachine}.
 */
@NullMarked
package io.apilados.pipeline.aws.lambda;

import org.jspecify.annotations.NullMarked;
