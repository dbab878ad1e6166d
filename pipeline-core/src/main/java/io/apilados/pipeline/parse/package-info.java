/**
 * Second on the path: bytes become records with their positions.
 *
 * <p>In: a {@link io.apilados.pipeline.source.ByteSource}. Out: {@link io.apilados.pipeline.parse.CsvRow}s, and
 * {@link io.apilados.pipeline.parse.RejectedRecord}s for what is none. Start at
 * {@link io.apilados.pipeline.parse.CsvParser}; next is {@code enrich}.
 */
@NullMarked
package io.apilados.pipeline.parse;

import org.jspecify.annotations.NullMarked;
