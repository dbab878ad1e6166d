// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import java.io.IOException;
import java.io.Serializable;

/**
 * Makes something on the worker that uses it. It travels, and what it makes does not: so it holds data, as texts, numbers
 * and records of such, and opens clients and connections when it is called.
 *
 * @param <V> what it makes
 */
@FunctionalInterface
public interface WorkerFactory<V> extends Serializable {

    /**
     * Makes it.
     *
     * @param worker where it is made
     * @throws IOException if it cannot be made now; Spark tries the task again
     */
    V make(Worker worker) throws IOException;
}
