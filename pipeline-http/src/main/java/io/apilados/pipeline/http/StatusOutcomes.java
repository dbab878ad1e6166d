// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import java.time.Duration;

/**
 * What a status code says of a batch.
 *
 * <ul>
 *   <li>2xx: delivered.
 *   <li>400, 404, 409, 422: some record is bad; 413: the batch is too large.
 *   <li>408, 425, 429, 5xx; and with {@code Retry-After} 409 (the key is still in work) and 413 (too large for now): later.
 *   <li>401 and 403, redirects, and whatever else says that no request of this kind will ever do: stop.
 * </ul>
 */
final class StatusOutcomes {

    private StatusOutcomes() {}

    static DeliveryOutcome of(HttpTransport.Answer answer, long nowMillis) {
        int status = answer.status();
        String code = "http-" + status;
        Duration after = RetryAfter.parse(answer.headers().first("Retry-After"), nowMillis);
        if (status >= 200 && status < 300) {
            return DeliveryOutcome.delivered();
        }
        if ((status == 409 || status == 413) && after != null) {
            return new DeliveryOutcome.Retry(code, after, false, false);
        }
        if (status == 429 && after == null) {
            after = RateLimitHeaders.untilReset(answer.headers(), nowMillis);
        }
        return switch (status) {
            case 400, 404, 409, 422 -> DeliveryOutcome.refused(code, "the API answered " + status);
            case 413 -> DeliveryOutcome.tooLarge(code, "the API answered 413: it is too large");
            case 408, 425 -> new DeliveryOutcome.Retry(code, after, false, false);
            case 429 -> new DeliveryOutcome.Retry(code, after, true, false);
            case 503 -> new DeliveryOutcome.Retry(code, after, true, true);
            case 401 ->
                DeliveryOutcome.stop(code, "the API answered 401: it does not know the token; give a valid one");
            case 403 ->
                DeliveryOutcome.stop(code, "the API answered 403: the token may not do this; give one that may");
            case 407 ->
                DeliveryOutcome.stop(
                        code,
                        "the proxy answered 407: it asks for a user and password; give a proxy that asks for none");
            case 301, 302, 303, 307, 308 ->
                DeliveryOutcome.stop(
                        code, "the API answered " + status + ": it redirects; give the address it redirects to");
            default -> {
                if (status >= 500) {
                    yield new DeliveryOutcome.Retry(code, after, false, true);
                }
                yield DeliveryOutcome.stop(
                        code,
                        "the API answered " + status + "; check the address, the method and what the API accepts");
            }
        };
    }
}
