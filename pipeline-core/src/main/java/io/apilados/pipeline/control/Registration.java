// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/** That somebody is told of what changes. */
public interface Registration extends AutoCloseable {

    /** Ends it. A second time does nothing. */
    @Override
    void close();
}
