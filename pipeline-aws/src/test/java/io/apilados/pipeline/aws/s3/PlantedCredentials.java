// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.testing.S3ServerProcess;
import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.services.s3.S3Client;

/** Credentials and a region where the SDK looks for them, the same in all tests, so that they need not be taken away. */
final class PlantedCredentials {

    private static final Map<String, String> PROPERTIES = Map.of(
            "aws.accessKeyId",
            S3ServerProcess.ACCESS_KEY,
            "aws.secretAccessKey",
            S3ServerProcess.SECRET_KEY,
            "aws.region",
            "mx-central-1");

    private PlantedCredentials() {}

    static void give() {
        PROPERTIES.forEach(System::setProperty);
    }

    /**
     * A client as the SDK makes one for Amazon's own store, with checksums in trailers behind the bodies, for another store
     * that understands them.
     */
    static S3Client clientWithTheSdksDefaults(URI endpoint) {
        give();
        return S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .httpClientBuilder(S3HttpClient.APACHE5.builder(S3Clients.CONNECT, S3Clients.DEFAULT_SILENCE, 4))
                .build();
    }

    static S3Client client(S3Clients.Builder builder) {
        give();
        return builder.build();
    }
}
