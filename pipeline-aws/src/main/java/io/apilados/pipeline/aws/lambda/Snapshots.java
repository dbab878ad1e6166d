// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;

/** Tells a function that a snapshot of its environment is taken, and that it was restored from one (SnapStart). */
final class Snapshots {

    /** Says how an environment comes to be. */
    private static final String INITIALIZATION = "AWS_LAMBDA_INITIALIZATION_TYPE";

    private Snapshots() {}

    /**
     * Registers a function where snapshots are taken; elsewhere {@code org.crac} is not even looked for.
     *
     * @return what to hold for as long as the function is to be told
     */
    static Object register(PipelineFunction<?> function) {
        return "snap-start".equals(System.getenv(INITIALIZATION)) ? Hooks.registered(function) : function;
    }

    private record Hooks(PipelineFunction<?> function) implements Resource {

        static Hooks registered(PipelineFunction<?> function) {
            Hooks hooks = new Hooks(function);
            Core.getGlobalContext().register(hooks);
            return hooks;
        }

        @Override
        public void beforeCheckpoint(Context<? extends Resource> context) throws Exception {
            function.beforeSnapshot();
        }

        @Override
        public void afterRestore(Context<? extends Resource> context) throws Exception {
            function.afterRestore();
        }
    }
}
