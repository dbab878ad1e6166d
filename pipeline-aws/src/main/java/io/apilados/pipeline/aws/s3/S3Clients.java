// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Makes S3 clients for programs that have none yet. A service that has one hands in its own.
 *
 * <p>Safe for use by many threads, as are the clients it makes.
 */
public final class S3Clients {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private S3Clients() {}

    /**
     * A client with the small HTTP client that is built on the JDK's, which gives up after 10 seconds without a
     * connection and after 30 without a byte. Region and credentials come from where the AWS SDK always looks: system
     * properties, environment, profile, then the machine's own role.
     *
     * @param endpoint another store than Amazon's, reached by {@code endpoint/bucket/key}; its region is
     *     {@code us-east-1} unless system properties, environment or profile name one. Null for Amazon's
     * @return a client, to be closed by the caller
     * @throws IllegalArgumentException if the endpoint is no http or https URI
     * @throws IllegalStateException if there is no endpoint and no region can be found; set {@code AWS_REGION}
     */
    public static S3Client create(@Nullable URI endpoint) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT)
                        .socketTimeout(SILENCE));
        if (endpoint != null) {
            if (!isHttp(endpoint)) {
                throw new IllegalArgumentException("endpoint's scheme was " + endpoint.getScheme() + " and its host "
                        + endpoint.getHost() + " but it must be an http or https URI with a host");
            }
            builder.endpointOverride(endpoint).forcePathStyle(true).region(configuredRegionOr(Region.US_EAST_1));
        }
        try {
            return builder.build();
        } catch (SdkClientException e) {
            throw new IllegalStateException(
                    "the S3 client could not be made; check that a region is set, for example in AWS_REGION", e);
        }
    }

    private static boolean isHttp(URI endpoint) {
        return endpoint.getHost() != null
                && ("http".equalsIgnoreCase(endpoint.getScheme()) || "https".equalsIgnoreCase(endpoint.getScheme()));
    }

    /** Without the last link of the SDK's chain, which asks Amazon's metadata service and so waits elsewhere. */
    private static Region configuredRegionOr(Region other) {
        try {
            return new AwsRegionProviderChain(new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
                    .getRegion();
        } catch (SdkClientException e) {
            return other;
        }
    }
}
