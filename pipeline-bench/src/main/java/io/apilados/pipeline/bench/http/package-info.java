// SPDX-License-Identifier: Apache-2.0
/** What a request costs. */
@NullMarked
package io.apilados.pipeline.bench.http;

import org.jspecify.annotations.NullMarked;
