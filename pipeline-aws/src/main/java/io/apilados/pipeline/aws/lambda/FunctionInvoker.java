// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import java.io.IOException;

/** Invokes a function and does not wait for it. Safe for use by many threads. */
@FunctionalInterface
public interface FunctionInvoker {

    /**
     * Invokes it asynchronously.
     *
     * @param functionArn the function, with its alias or version
     * @param event the event, as JSON
     * @throws IOException if it was not taken
     */
    void invoke(String functionArn, byte[] event) throws IOException;
}
