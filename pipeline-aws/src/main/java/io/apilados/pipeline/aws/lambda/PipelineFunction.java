// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.PipelineBuilder;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;

/**
 * Says how a pipeline is made from an object: all that a user of {@link LambdaPipeline} has to write. One of these serves
 * all invocations of an environment, so clients, catalogs and whatever else is dear belong into its fields.
 *
 * <p>Called by one thread at a time, unless the function was set to several invocations at once in one environment.
 *
 * @param <T> what a record is
 */
@FunctionalInterface
public interface PipelineFunction<T> {

    /**
     * A pipeline for this object, complete but for what {@link LambdaPipeline} adds: the checkpoint, the deadline and, where
     * a registry was given, the metrics.
     *
     * @param object which object it is, for instance to name a place for its rejected records
     * @param source the object's bytes
     * @throws IOException if it cannot be made now: the object counts as failed, and its event comes again
     */
    PipelineBuilder<T> pipeline(S3EventObject object, ByteSource source) throws IOException;

    /**
     * Prepares for a snapshot of the environment (SnapStart): whatever is done here need not be done after it is restored.
     * Load what is loaded once, do once what every invocation does, and at last close connections, which no snapshot keeps.
     *
     * @throws Exception if that fails: the version of the function cannot be published then
     */
    default void beforeSnapshot() throws Exception {}

    /**
     * The environment was restored from a snapshot, perhaps weeks later, perhaps as one of many: refresh what may have
     * become old.
     *
     * @throws Exception if that fails: the environment is given up
     */
    default void afterRestore() throws Exception {}
}
