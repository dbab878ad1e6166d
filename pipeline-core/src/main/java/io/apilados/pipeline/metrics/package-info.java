/**
 * Beside the path: meters and observations, by Micrometer. It watches, and decides nothing.
 *
 * <p>Start at {@link io.apilados.pipeline.metrics.PipelineMeter}, the table of all meters.
 */
@NullMarked
package io.apilados.pipeline.metrics;

import org.jspecify.annotations.NullMarked;
