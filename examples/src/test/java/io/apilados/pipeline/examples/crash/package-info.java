// SPDX-License-Identifier: Apache-2.0
/**
 * Proves that nothing is lost: {@link io.apilados.pipeline.examples.Ingest} runs in a process of its own and is killed
 * over and over, and so is the API, and the disk fills up; then the books of the API, the reject file and the summary are
 * compared with what the source holds. Start at {@link io.apilados.pipeline.examples.crash.KillHarnessTest}.
 */
@NullMarked
package io.apilados.pipeline.examples.crash;

import org.jspecify.annotations.NullMarked;
