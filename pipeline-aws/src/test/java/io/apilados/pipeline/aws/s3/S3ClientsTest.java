// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

@Timeout(120)
class S3ClientsTest {

    private static final Map<String, String> CREDENTIALS = Map.of(
            "aws.accessKeyId", "planted-key", "aws.secretAccessKey", "planted-secret", "aws.region", "mx-central-1");

    @BeforeEach
    void giveCredentials() {
        CREDENTIALS.forEach(System::setProperty);
    }

    @AfterEach
    void takeThemAway() {
        CREDENTIALS.keySet().forEach(System::clearProperty);
    }

    @Test
    void readsFromAnotherStoreByPath() throws Exception {
        byte[] content = {1, 2, 3};
        try (LoopbackS3 store = new LoopbackS3();
                S3Client client = S3Clients.create(store.endpoint())) {
            store.put("enrolments", "a.csv", content);
            S3ByteSource source = S3ByteSource.of(client, URI.create("s3://enrolments/a.csv"));

            try (InputStream in = source.open(source.version(), 0)) {
                assertThat(in.readAllBytes()).isEqualTo(content);
            }
            assertThat(store.requests())
                    .allSatisfy(request ->
                            assertThat(request.header("Authorization")).contains("/mx-central-1/s3/"));
        }
    }

    @Test
    void takesAmazonsStoreInTheConfiguredRegionWithoutAnEndpoint() {
        try (S3Client client = S3Clients.create(null)) {
            assertThat(client.serviceClientConfiguration().region()).isEqualTo(Region.of("mx-central-1"));
            assertThat(client.serviceClientConfiguration().endpointOverride()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:9000", "/folder", "ftp://host", "http:///path"})
    void refusesAnEndpointThatIsNoHttpUri(URI endpoint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Clients.create(endpoint))
                .withMessageContaining("must be an http or https URI");
    }
}
