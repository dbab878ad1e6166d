// SPDX-License-Identifier: Apache-2.0
/** Made-up input, the same in every run. */
@NullMarked
package io.apilados.pipeline.bench.data;

import org.jspecify.annotations.NullMarked;
