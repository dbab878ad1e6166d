/** What {@code control} costs a request that it does not hold up. */
@NullMarked
package io.apilados.pipeline.bench.control;

import org.jspecify.annotations.NullMarked;
