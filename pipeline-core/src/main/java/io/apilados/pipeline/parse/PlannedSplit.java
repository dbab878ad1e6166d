// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.Split;
import org.jspecify.annotations.Nullable;

/**
 * A split, and where the one after it begins.
 *
 * @param split a split
 * @param next where the next one begins; null after the last one
 */
record PlannedSplit(Split split, @Nullable SourcePosition next) {}
