// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * Makes S3 clients for programs that have none yet. A service that has one hands in its own. Region and credentials come
 * from where the AWS SDK always looks: system properties, environment, profile, then the machine's own role.
 *
 * <p>Safe for use by many threads, as are the clients it makes.
 */
public final class S3Clients {

    /** How long connecting may take, and waiting for a free connection: ten seconds. */
    public static final Duration CONNECT = Duration.ofSeconds(10);

    /** How long a connection may be silent in the middle of an answer by default: thirty seconds. */
    public static final Duration DEFAULT_SILENCE = Duration.ofSeconds(30);

    /** How many connections there are at most by default: {@value}. */
    public static final int DEFAULT_CONNECTIONS = 16;

    private S3Clients() {}

    /** A builder. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A client with the first HTTP client that is on the class path, and defaults for the rest.
     *
     * @param endpoint see {@link Builder#endpoint}; null for Amazon's
     * @return a client, to be closed by the caller
     * @throws IllegalArgumentException if the endpoint is no http or https URI
     * @throws IllegalStateException as {@link Builder#build()} says
     */
    public static S3Client create(@Nullable URI endpoint) {
        return builder().endpoint(endpoint).build();
    }

    /** Gathers what is not the default. Confined to one thread. */
    public static final class Builder {

        private @Nullable URI endpoint;
        private @Nullable S3HttpClient http;
        private Duration silence = DEFAULT_SILENCE;
        private int connections = DEFAULT_CONNECTIONS;

        private Builder() {}

        /**
         * Another store than Amazon's, reached by {@code endpoint/bucket/key}; its region is {@code us-east-1} unless
         * system properties, environment or profile name one. Bodies are sent to it as they are, without the checksums
         * in trailers that Amazon's understands and others store or refuse. Null for Amazon's.
         */
        public Builder endpoint(@Nullable URI uri) {
            endpoint = uri;
            return this;
        }

        /** The HTTP client; by default the first of {@link S3HttpClient} that is on the class path. */
        public Builder http(S3HttpClient client) {
            http = Objects.requireNonNull(client, "client");
            return this;
        }

        /**
         * How long a connection may be silent in the middle of an answer before it counts as broken; more than zero. The
         * CRT client counts in whole seconds from two on.
         */
        public Builder silence(Duration longest) {
            silence = Objects.requireNonNull(longest, "longest");
            return this;
        }

        /**
         * How many connections there are at most; 1 or more. A source takes one for each range that it fetches ahead, or two
         * for each thread that reads it and one more; checkpoints, rejected records and a catalog one each.
         */
        public Builder connections(int most) {
            connections = most;
            return this;
        }

        /**
         * The client, to be closed by the caller.
         *
         * @throws IllegalArgumentException if a setting is out of range; the message lists all that are
         * @throws IllegalStateException if there is no HTTP client on the class path, or no endpoint and no region; the
         *     message says what to add or set
         */
        public S3Client build() {
            check();
            S3HttpClient chosen = http == null ? S3HttpClient.firstPresent() : http.required();
            S3ClientBuilder builder =
                    S3Client.builder().httpClientBuilder(chosen.builder(CONNECT, silence, connections));
            if (endpoint != null) {
                builder.endpointOverride(endpoint)
                        .forcePathStyle(true)
                        .region(configuredRegionOr(Region.US_EAST_1))
                        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                        .serviceConfiguration(S3Configuration.builder()
                                .chunkedEncodingEnabled(false)
                                .build());
            }
            try {
                return builder.build();
            } catch (SdkClientException e) {
                throw new IllegalStateException(
                        "the S3 client could not be made; check that a region is set, for example in AWS_REGION", e);
            }
        }

        private void check() {
            List<String> problems = new ArrayList<>();
            if (endpoint != null && !isHttp(endpoint)) {
                problems.add("endpoint's scheme was " + endpoint.getScheme() + " and its host " + endpoint.getHost()
                        + " but it must be an http or https URI with a host");
            }
            if (silence.isNegative() || silence.isZero()) {
                problems.add("silence was " + silence + " but it must be more than zero");
            }
            if (connections < 1) {
                problems.add("connections was " + connections + " but it must be 1 or more");
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
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
