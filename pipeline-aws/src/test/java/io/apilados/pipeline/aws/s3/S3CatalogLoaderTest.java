// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import io.apilados.pipeline.control.RefreshingValue;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

@Tag("once")
@ExtendWith(S3Servers.class)
@Timeout(180)
class S3CatalogLoaderTest {

    private final LoopbackS3 store = new LoopbackS3();
    private final S3Client client =
            PlantedCredentials.client(S3Clients.builder().endpoint(store.endpoint()));
    private final S3CatalogLoader loader = S3CatalogLoader.of(S3ByteSource.of(client, "b", "catalog.csv"));

    S3CatalogLoaderTest() throws IOException {}

    @AfterEach
    void stop() throws IOException {
        client.close();
        store.close();
    }

    private void put(String csv) {
        store.put("b", "catalog.csv", csv.getBytes(UTF_8));
    }

    @Test
    void givesTheSameCatalogUntilTheObjectChanges() throws IOException {
        put("id,clave\n7,01DPR0001V\n");
        CCTsCatalog first = loader.call();
        assertThat(first.idOf("01DPR0001V")).isEqualTo(7);
        int requests = store.requests().size();

        assertThat(loader.call()).isSameAs(first);
        assertThat(store.requests()).as("one request, with the ETag").hasSize(requests + 1);
        assertThat(store.requests().get(requests).header("If-None-Match")).isEqualTo("\"version-1\"");

        put("id,clave\n8,01DPR0001V\n");
        CCTsCatalog second = loader.call();
        assertThat(second.idOf("01DPR0001V")).isEqualTo(8);
        assertThat(loader.call()).isSameAs(second);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void givesTheSameCatalogUntilTheObjectChangesInAStore(Kind kind, S3Servers servers) throws IOException {
        String bucket = servers.newBucket(kind);
        try (S3Client s3 = S3Clients.create(servers.endpoint(kind))) {
            S3CatalogLoader stored = S3CatalogLoader.of(S3ByteSource.of(s3, bucket, "catalog.csv"));
            for (int id = 7; id < 9; id++) {
                String csv = "id,clave\n" + id + ",01DPR0001V\n";
                var unused = s3.putObject(put -> put.bucket(bucket).key("catalog.csv"), RequestBody.fromString(csv));
                CCTsCatalog catalog = stored.call();
                assertThat(catalog.idOf("01DPR0001V")).isEqualTo(id);
                assertThat(stored.call()).isSameAs(catalog);
            }
        }
    }

    @Test
    void goesOnOverConnectionsThatBreak() throws IOException {
        StringBuilder csv = new StringBuilder("id,clave\n");
        for (int i = 0; i < 30_000; i++) {
            csv.append(i).append(",KEY").append(1_000_000 + i).append('\n');
        }
        put(csv.toString());
        store.cutEveryBodyAfter(50_000, LoopbackS3.Cut.FIN);

        assertThat(loader.call().size()).isEqualTo(30_000);
    }

    @Test
    void loadsWhatWasSavedPacked() throws IOException {
        ByteArrayOutputStream saved = new ByteArrayOutputStream();
        CCTsCatalog.builder().put("01DPR0001V", 7).build().saveTo(saved);
        store.put("b", "catalog.csv", saved.toByteArray());

        assertThat(loader.call().idOf("01DPR0001V")).isEqualTo(7);
    }

    @Test
    void aRefreshingValueKeepsTheLastGoodOne() {
        put("id,clave\n7,01DPR0001V\n");
        VirtualScheduler time = new VirtualScheduler();
        RefreshingValue<CCTsCatalog> catalog = RefreshingValue.of(loader, Duration.ofMinutes(5), time);
        CCTsCatalog first = catalog.get();

        time.advance(Duration.ofMinutes(6));
        assertThat(catalog.get()).isSameAs(first);
        store.refuseAll(403, "AccessDenied", Map.of());
        time.advance(Duration.ofMinutes(6));
        assertThat(catalog.get()).isSameAs(first);
        store.refuseNothing();
        put("id,clave\n8,01DPR0001V\n");
        time.advance(Duration.ofMinutes(6));
        assertThat(catalog.get().idOf("01DPR0001V")).isEqualTo(8);
    }

    @Test
    void saysWhereWhatIsWrong() {
        assertThatThrownBy(loader::call)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s3://b/catalog.csv: there is no such object");
        put("id,clave\nplanted,01DPR0001V\n");
        assertThatThrownBy(loader::call)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s3://b/catalog.csv line 2")
                .hasMessageNotContaining("planted");
    }
}
