/**
 * Third on the path: a parsed record becomes what is delivered, or is rejected with a reason.
 *
 * <p>In: {@link io.apilados.pipeline.parse.CsvRow}s. Out: the user's own type, or
 * {@link io.apilados.pipeline.enrich.JsonRecord}. Start at {@link io.apilados.pipeline.enrich.Enricher}; next is
 * {@code batch}.
 */
@NullMarked
package io.apilados.pipeline.enrich;

import org.jspecify.annotations.NullMarked;
