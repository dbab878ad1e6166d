/**
 * Bridges to Resilience4j, for services that have a circuit breaker of that kind already.
 *
 * <p>In: a breaker of the service's own. Out: a gate that a pipeline waits at. Start at
 * {@link io.apilados.pipeline.resilience4j.Resilience4jCircuitBreaker}.
 */
@NullMarked
package io.apilados.pipeline.resilience4j;

import org.jspecify.annotations.NullMarked;
