// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.ByteSourceContract;
import io.apilados.pipeline.testing.ReportSamples;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;

/** Sources in two stores. */
@Tag("once")
@ExtendWith(S3Servers.class)
@Timeout(180)
class SourcesInStoresTest {

    private static final String KEY = "a b+ñ%41&=#'é.csv";

    abstract static class InStore extends ByteSourceContract {
        private final Kind kind;
        private URI endpoint;
        private S3Client client;
        private String bucket;

        InStore(Kind kind) {
            this.kind = kind;
        }

        @BeforeEach
        void begin(S3Servers servers) {
            endpoint = servers.endpoint(kind);
            client = S3Clients.create(endpoint);
            bucket = servers.newBucket(kind);
        }

        @AfterEach
        void stop() {
            client.close();
        }

        @Override
        protected ByteSource sourceOf(byte[] content) {
            overwrite(content);
            return S3ByteSource.of(client, bucket, KEY).withRangeBytes(64 << 10);
        }

        @Override
        protected void overwrite(byte[] content) {
            String unused = put(content);
        }

        private String put(byte[] content) {
            return client.putObject(put -> put.bucket(bucket).key(KEY), RequestBody.fromBytes(content))
                    .versionId();
        }

        @Override
        protected ByteSource missing() {
            return S3ByteSource.of(client, bucket, "nowhere.csv");
        }

        @Test
        void readsThePinnedVersionWhenTheObjectIsOverwrittenAndDeleted() throws IOException {
            var unused = client.putBucketVersioning(request -> request.bucket(bucket)
                    .versioningConfiguration(versioning -> versioning.status(BucketVersioningStatus.ENABLED)));
            byte[] content = bytes(300_000);
            S3ByteSource source = S3ByteSource.of(client, bucket, KEY).withVersionId(put(content));
            SourceVersion version = source.version();
            overwrite(bytes(1_000));
            var deleted = client.deleteObject(request -> request.bucket(bucket).key(KEY));
            assertThat(deleted.deleteMarker()).isTrue();

            try (InputStream in = source.open(version, 100_000)) {
                assertThat(in.readAllBytes()).hasSize(200_000).endsWith(content[299_998], content[299_999]);
            }
        }

        @ParameterizedTest
        @EnumSource(S3HttpClient.class)
        void inflatesWhatIsStoredAsGzipAndNoHttpClientDoesSoBefore(S3HttpClient http) throws IOException {
            byte[] content = "id,cct\n".repeat(50_000).getBytes(StandardCharsets.US_ASCII);
            ByteArrayOutputStream stored = new ByteArrayOutputStream();
            try (OutputStream out = new GZIPOutputStream(stored)) {
                out.write(content);
            }
            var unused = client.putObject(
                    put -> put.bucket(bucket).key("plain-name.csv").contentEncoding("gzip"),
                    RequestBody.fromBytes(stored.toByteArray()));
            try (S3Client other =
                    S3Clients.builder().endpoint(endpoint).http(http).build()) {
                S3ByteSource source = S3ByteSource.of(other, bucket, "plain-name.csv");
                try (InputStream in = source.open(source.version(), 0)) {
                    assertThat(in.readAllBytes()).isEqualTo(content);
                }
            }
        }

        @Test
        void reportsArePutAsPagesAndAsJsonAndOnceMore() throws IOException {
            RunReport report = ReportSamples.stopped(90, "s3://b/a.csv");
            for (int i = 0; i < 2; i++) {
                S3RunReports.put(client, URI.create("s3://" + bucket + "/out/report.html"), report);
                S3RunReports.put(client, URI.create("s3://" + bucket + "/out/report.JSON"), report);
            }
            assertThat(client.getObjectAsBytes(get -> get.bucket(bucket).key("out/report.html")))
                    .satisfies(page -> assertThat(page.asUtf8String()).isEqualTo(report.toHtml()))
                    .satisfies(page -> assertThat(page.response().contentType()).startsWith("text/html"));
            String json = client.getObjectAsBytes(get -> get.bucket(bucket).key("out/report.JSON"))
                    .asUtf8String();
            assertThat(RunReport.fromJson(json).toJson()).isEqualTo(report.toJson());
        }
    }

    @Nested
    class InS3Mock extends InStore {
        InS3Mock() {
            super(Kind.S3MOCK);
        }
    }

    @Nested
    class InS3Proxy extends InStore {
        InS3Proxy() {
            super(Kind.S3PROXY);
        }
    }
}
