// SPDX-License-Identifier: Apache-2.0
/**
 * An HTTP API that misbehaves on purpose and keeps books, in a process of its own: for tests of whatever delivers over
 * HTTP. Start at {@link io.apilados.pipeline.http.testing.ChaosApiProcess}.
 */
package io.apilados.pipeline.http.testing;
