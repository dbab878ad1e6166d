// SPDX-License-Identifier: Apache-2.0
/** What the stage {@code parse} costs. */
@NullMarked
package io.apilados.pipeline.bench.parse;

import org.jspecify.annotations.NullMarked;
