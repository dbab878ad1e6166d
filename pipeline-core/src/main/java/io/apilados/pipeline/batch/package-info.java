/**
 * Fourth on the path: records are gathered into batches whose size adapts.
 *
 * <p>In: records with their positions. Out: {@link io.apilados.pipeline.batch.Batch}es with their keys. Start at
 * {@link io.apilados.pipeline.batch.BatchProcessor}; next is {@code deliver}.
 */
@NullMarked
package io.apilados.pipeline.batch;

import org.jspecify.annotations.NullMarked;
