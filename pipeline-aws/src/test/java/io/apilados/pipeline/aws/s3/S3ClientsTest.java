// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

@Timeout(120)
class S3ClientsTest {

    @BeforeEach
    void giveCredentials() {
        PlantedCredentials.give();
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
    @EnumSource(S3HttpClient.class)
    void everyHttpClientReadsAndWrites(S3HttpClient http) throws Exception {
        byte[] content = new byte[300_000];
        try (LoopbackS3 store = new LoopbackS3();
                S3Client client = S3Clients.builder()
                        .endpoint(store.endpoint())
                        .http(http)
                        .build()) {
            assertThat(http.isPresent()).isTrue();
            var unused = client.putObject(put -> put.bucket("b").key("k"), RequestBody.fromBytes(content));
            S3ByteSource source = S3ByteSource.of(client, "b", "k");

            try (InputStream in = source.open(source.version(), 0)) {
                assertThat(in.readAllBytes()).isEqualTo(content);
            }
            assertThat(store.requests().get(0).header("Content-Encoding"))
                    .as("bodies go to other stores as they are")
                    .isNull();
        }
    }

    @Test
    void listsEveryProblem() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Clients.builder()
                        .endpoint(URI.create("ftp://host"))
                        .silence(Duration.ZERO)
                        .connections(0)
                        .build())
                .withMessage(
                        "endpoint's scheme was ftp and its host host but it must be an http or https URI with a host;"
                                + " silence was PT0S but it must be more than zero; connections was 0 but it must be 1 or more");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:9000", "/folder", "ftp://host", "http:///path"})
    void refusesAnEndpointThatIsNoHttpUri(URI endpoint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3Clients.create(endpoint))
                .withMessageContaining("must be an http or https URI");
    }
}
