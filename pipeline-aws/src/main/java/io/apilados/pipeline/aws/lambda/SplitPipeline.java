// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.source.Split;
import java.io.IOException;

/**
 * Says how a pipeline is made for a split: all that a user of a {@link SplitWorker} has to write. One of these serves all
 * splits of an environment, so clients, catalogs, deliveries and the {@link io.apilados.pipeline.control.Resilience} that they
 * share belong into its fields.
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface SplitPipeline<T> {

    /**
     * A pipeline over the whole source, with a fixed batch size, complete but for the deadline.
     *
     * @param split which split it is for
     * @throws IOException if it cannot be made now: the split counts as failed, and is tried again
     */
    PipelineBuilder<T> pipeline(Split split) throws IOException;
}
