// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.s3.S3Client;

/** What is made of a store that ignores conditions, and of answers that are lost. */
@Timeout(120)
class ConditionalWritesTest {

    private static final URI PREFIX = URI.create("s3://b/jobs");

    private final LoopbackS3 store = new LoopbackS3();
    private final S3Client client =
            PlantedCredentials.client(S3Clients.builder().endpoint(store.endpoint()));
    private final VirtualScheduler time = new VirtualScheduler();

    ConditionalWritesTest() throws IOException {}

    @AfterEach
    void stop() throws IOException {
        client.close();
        store.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private long writes() {
        return store.requests().stream().filter(r -> r.method().equals("PUT")).count();
    }

    @Test
    void triesTheStoreOnceBeforeTheFirstReplacementAndLeavesNothing() throws IOException {
        SplitStore splits = S3SplitStore.of(client, PREFIX);

        splits.write("a", bytes("1"));
        assertThat(writes()).as("a plain write needs no trial").isEqualTo(1);
        assertThat(splits.replace("a", bytes("1"), bytes("2"))).isTrue();
        assertThat(writes()).isEqualTo(1 + 4 + 1);
        assertThat(splits.replace("a", bytes("2"), bytes("3"))).isTrue();
        assertThat(writes()).isEqualTo(1 + 4 + 1 + 1);
        store.requests().stream()
                .filter(request -> request.path().contains("conditional-writes"))
                .forEach(request -> assertThat(store.content(request.path())).isNull());
    }

    @Test
    void refusesAStoreThatIgnoresConditions() {
        store.ignoreWritePreconditions();
        SplitStore splits = S3SplitStore.of(client, PREFIX);

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> splits.replace("a", null, bytes("1")))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("s3://b/jobs/: the store ignores If-None-Match on writes")
                    .hasMessageContaining("use a store that honours it");
        }
        assertThatThrownBy(() -> S3CheckpointStore.of(client, PREFIX).acquire("x"))
                .hasMessageContaining("ignores If-None-Match");
        assertThat(store.content("b/jobs/a")).isNull();
    }

    @Test
    void refusesAStoreThatRefusesTheRightEtag() {
        store.refuseEveryIfMatch();

        assertThatThrownBy(() -> S3SplitStore.of(client, PREFIX).replace("a", null, bytes("1")))
                .hasMessageContaining("refuses the right If-Match");
    }

    @Test
    void saysWhatIsForbidden() {
        store.refuseAll(403, "AccessDenied", Map.of());

        assertThatThrownBy(() -> S3SplitStore.of(client, PREFIX).replace("a", null, bytes("1")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("access is denied (HTTP 403")
                .hasMessageContaining("s3://b/jobs/");
    }

    private SmallObjects objects(Scheduler scheduler) {
        return new SmallObjects(client, S3Location.ofPrefix(PREFIX), scheduler);
    }

    @Test
    void triesAgainWhenAnotherWriteCameInBetween() throws IOException {
        store.conflict(3);

        assertThat(objects(time).create("a", bytes("1"))).isNotNull();
        assertThat(time.elapsed()).isEqualTo(Duration.ofMillis(50 + 100 + 200));
    }

    @Test
    void givesUpWhenOtherWritesComeInBetweenForEver() {
        store.conflict(1_000);

        assertThatThrownBy(() -> objects(time).create("a", bytes("1")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("HTTP 409 ConditionalRequestConflict");
        assertThat(store.content("b/jobs/a")).isNull();
    }

    /** The client makes the write again by itself, and is refused, because of what it has written. */
    @Test
    void knowsItsOwnWriteWhenTheAnswerWasLost() throws IOException {
        store.loseAnswers(1);
        String first = Objects.requireNonNull(objects(time).create("a", bytes("1")));

        store.loseAnswers(1);
        String second = objects(time).replace("a", first, bytes("2"));
        assertThat(second).isNotNull().isNotEqualTo(first);
        assertThat(store.content("b/jobs/a")).isEqualTo(bytes("2"));
    }

    /** Two writers of the same bytes: what is there does not tell whose it is. */
    @Test
    void doesNotTakeTheSameBytesOfAnotherForItsOwn() throws IOException {
        SplitStore splits = S3SplitStore.of(client, PREFIX);
        splits.write("a", bytes("1"));

        assertThat(splits.replace("a", null, bytes("1"))).isFalse();
        assertThat(objects(time).replace("a", "\"another\"", bytes("1"))).isNull();
    }

    @Test
    void aReplacementOfWhatIsGoneIsNone() throws IOException {
        assertThat(objects(time).replace("a", "\"another\"", bytes("1"))).isNull();
        assertThat(store.content("b/jobs/a")).isNull();
    }

    @Test
    void readsAgainWhenTheBodyBreaks() throws IOException {
        store.put("b", "jobs/a", new byte[100_000]);
        store.cutEveryBodyAfter(50_000, LoopbackS3.Cut.FIN);

        assertThatThrownBy(() -> objects(time).read("a")).hasMessageContaining("the connection broke 8 times in a row");
        store.cutEveryBodyAfter(Long.MAX_VALUE, LoopbackS3.Cut.FIN);
        assertThat(objects(time).read("a").orElseThrow().bytes()).hasSize(100_000);
    }
}
