/**
 * Sixth on the path: outcomes that come in any order become a position below which everything is settled.
 *
 * <p>In: what became of each batch. Out: the low-water mark. Start at
 * {@link io.apilados.pipeline.checkpoint.LowWaterMark}; next is {@code report}.
 */
@NullMarked
package io.apilados.pipeline.checkpoint;

import org.jspecify.annotations.NullMarked;
