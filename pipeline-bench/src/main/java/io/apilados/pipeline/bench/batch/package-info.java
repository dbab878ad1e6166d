// SPDX-License-Identifier: Apache-2.0
/** What the stage {@code batch} costs. */
@NullMarked
package io.apilados.pipeline.bench.batch;

import org.jspecify.annotations.NullMarked;
