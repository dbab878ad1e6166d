// SPDX-License-Identifier: Apache-2.0
/** Runs the benchmarks and writes down what they found. */
@NullMarked
package io.apilados.pipeline.bench;

import org.jspecify.annotations.NullMarked;
