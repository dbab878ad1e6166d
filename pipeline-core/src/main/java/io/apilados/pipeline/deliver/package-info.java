/**
 * Fifth on the path: batches reach their destination, or it is known why not.
 *
 * <p>In: {@link io.apilados.pipeline.batch.Batch}es. Out: what became of every record. Start at
 * {@link io.apilados.pipeline.deliver.BatchDelivery}; next is {@code checkpoint}.
 */
@NullMarked
package io.apilados.pipeline.deliver;

import org.jspecify.annotations.NullMarked;
