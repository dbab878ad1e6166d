/**
 * Delivery to HTTP APIs: batches become requests, answers become outcomes.
 *
 * <p>In: batches. Out: what the API made of them. Start at {@link io.apilados.pipeline.http.HttpDelivery}.
 */
@NullMarked
package io.apilados.pipeline.http;

import org.jspecify.annotations.NullMarked;
