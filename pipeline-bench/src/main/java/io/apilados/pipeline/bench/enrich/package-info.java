/** What the stage {@code enrich} costs. */
@NullMarked
package io.apilados.pipeline.bench.enrich;

import org.jspecify.annotations.NullMarked;
