// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.RecordStage;
import io.apilados.pipeline.parse.CsvRow;
import java.io.IOException;
import java.io.Serializable;

/**
 * What becomes of the rows of a split: enrichers and filters. It travels, so it holds data only; it is called once for each
 * task, whose thread alone calls the enrichers.
 *
 * @param <T> what a record is afterwards
 */
@FunctionalInterface
public interface RecordSteps<T> extends Serializable {

    /**
     * Adds the steps.
     *
     * @param rows as they are parsed
     * @param worker where it happens
     * @throws IOException if something that is needed cannot be had now; Spark tries the task again
     */
    RecordStage<T> addTo(RecordStage<CsvRow> rows, Worker worker) throws IOException;
}
