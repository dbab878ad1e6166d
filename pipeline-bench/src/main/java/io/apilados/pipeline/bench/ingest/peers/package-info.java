// SPDX-License-Identifier: Apache-2.0
/** The whole job, as it is done without this library. */
@NullMarked
package io.apilados.pipeline.bench.ingest.peers;

import org.jspecify.annotations.NullMarked;
