// SPDX-License-Identifier: Apache-2.0
/** What it costs to know what is settled, and to keep it. */
@NullMarked
package io.apilados.pipeline.bench.checkpoint;

import org.jspecify.annotations.NullMarked;
