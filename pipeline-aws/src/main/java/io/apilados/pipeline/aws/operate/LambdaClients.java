// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.LambdaClientBuilder;

/**
 * Makes Lambda clients that wait for an invocation as long as it may take. With the SDK's own 30 seconds a longer one would
 * be given up, and tried again while it still runs.
 *
 * <p>Safe for use by many threads, as are the clients it makes.
 */
public final class LambdaClients {

    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** An invocation ends after 15 minutes at the latest. */
    private static final Duration SILENCE = Duration.ofMinutes(16);

    private LambdaClients() {}

    /**
     * A client whose region and credentials come from where the AWS SDK always looks.
     *
     * @param endpoint another service than Amazon's; null for Amazon's
     * @return a client, to be closed by the caller
     * @throws IllegalStateException if no region can be found; set {@code AWS_REGION}
     */
    public static LambdaClient create(@Nullable URI endpoint) {
        LambdaClientBuilder builder = LambdaClient.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT)
                        .socketTimeout(SILENCE));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        try {
            return builder.build();
        } catch (SdkClientException e) {
            throw new IllegalStateException(
                    "the Lambda client could not be made; check that a region is set, for example in AWS_REGION", e);
        }
    }
}
