// SPDX-License-Identifier: Apache-2.0
/**
 * The splits of a file as tasks of Apache Spark. A {@link io.apilados.pipeline.spark.PipelineSpec} says how a worker builds
 * its pipeline; begin at {@link io.apilados.pipeline.spark.SparkPipeline}, which runs it. What a task does is the core's:
 * see {@link io.apilados.pipeline.SplitSession}.
 *
 * <p>Of Spark only the Java API of RDDs and that of plugins is used, which are the same from 3.5 to 4.2 and in both
 * Scalas.
 */
@NullMarked
package io.apilados.pipeline.spark;

import org.jspecify.annotations.NullMarked;
