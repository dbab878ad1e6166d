// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Set;

/** One command of {@link Operate}. */
interface OperateCommand {

    /** The options that it takes, besides those that all take. */
    Set<String> options();

    /** Carries it out; returns the exit code. */
    int run(OperateOptions options, PrintStream out) throws UsageException, IOException, InterruptedException;
}
