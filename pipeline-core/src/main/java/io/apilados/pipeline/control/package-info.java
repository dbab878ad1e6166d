/**
 * Steers the path and carries no records: how much work is in flight, how often a request starts, what time it is.
 *
 * <p>In: samples of what the destination did. Out: permits, moments, wake-ups. Start at
 * {@link io.apilados.pipeline.control.ConcurrencyController}.
 */
@NullMarked
package io.apilados.pipeline.control;

import org.jspecify.annotations.NullMarked;
