// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.source.SplitPlan;
import java.io.Serializable;

/**
 * What is sent to every executor once. Immutable.
 *
 * @param id which job it is: what an executor keeps for it is kept under this
 */
record SplitJob<T>(String id, PipelineSpec<T> spec, SplitPlan plan) implements Serializable {}
