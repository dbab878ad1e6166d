/**
 * Delivery to HTTP APIs: batches become requests, answers become outcomes. And lookups at them: keys become ids.
 *
 * <p>In: batches. Out: what the API made of them. Start at {@link io.apilados.pipeline.http.HttpDelivery}; for a catalog
 * behind an API at {@link io.apilados.pipeline.http.HttpLookup}, for one request a record that creates or updates at
 * {@link io.apilados.pipeline.http.HttpUpsert}, and for Strapi at {@link io.apilados.pipeline.http.Strapi}.
 */
@NullMarked
package io.apilados.pipeline.http;

import org.jspecify.annotations.NullMarked;
