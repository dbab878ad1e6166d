/**
 * One runnable main per file: {@link io.apilados.pipeline.examples.QuickStart} first, then
 * {@link io.apilados.pipeline.examples.CustomPipeline}, then {@link io.apilados.pipeline.examples.Ingest}, the whole
 * mission with a command line. {@link io.apilados.pipeline.examples.Operate} is for what runs on AWS. None but that one needs a
 * network: what they talk to is in the same process.
 */
@NullMarked
package io.apilados.pipeline.examples;

import org.jspecify.annotations.NullMarked;
