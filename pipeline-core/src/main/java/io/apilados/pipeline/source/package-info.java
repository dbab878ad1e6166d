/**
 * First on the path: bytes, addressable by offset.
 *
 * <p>In: a place. Out: a version of it and streams of its bytes. Start at
 * {@link io.apilados.pipeline.source.ByteSource}; next is {@code parse}.
 */
@NullMarked
package io.apilados.pipeline.source;

import org.jspecify.annotations.NullMarked;
