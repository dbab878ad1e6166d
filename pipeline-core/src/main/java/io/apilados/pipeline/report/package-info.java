/**
 * Last on the path: what became of everything, counted and written down.
 *
 * <p>In: counts and rejected records. Out: {@link io.apilados.pipeline.report.RunReport} and the reject file. Start at
 * {@link io.apilados.pipeline.report.RunReport}.
 */
@NullMarked
package io.apilados.pipeline.report;

import org.jspecify.annotations.NullMarked;
