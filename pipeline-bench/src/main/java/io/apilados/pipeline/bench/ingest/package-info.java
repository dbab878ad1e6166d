/** The whole job: the library's side, and the arguments and figures of the peers' benchmark. */
@NullMarked
package io.apilados.pipeline.bench.ingest;

import org.jspecify.annotations.NullMarked;
