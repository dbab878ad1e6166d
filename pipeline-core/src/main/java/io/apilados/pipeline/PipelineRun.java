// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.report.RunReport;

/** A run on its way. Safe for use by many threads. */
public interface PipelineRun {

    /** How far it is; cheap enough to be asked several times a second. */
    Progress progress();

    /**
     * Asks it to stop: nothing more is read, what is on its way comes to its end, and the rest stays unsettled. Returns
     * at once; asking again changes nothing.
     */
    void stop();

    /**
     * Waits for its end.
     *
     * @return what it did
     * @throws PipelineException if it broke
     * @throws InterruptedException if the waiting thread is interrupted; the run goes on
     */
    RunReport await() throws InterruptedException;
}
