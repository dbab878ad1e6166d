// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.apilados.pipeline.aws.s3.LoopbackS3.Cut;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.ByteSourceContract;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.s3.S3Client;

/** The source that fetches ranges ahead holds what every source does, and gives them in order whatever happens to them. */
@Timeout(120)
class RangesAheadTest extends ByteSourceContract {

    private static final String BUCKET = "b";
    private static final String KEY = "k.csv";
    private static final int RANGE = 32 << 10;

    private final LoopbackS3 store = new LoopbackS3();
    private final S3Client client = PlantedCredentials.client(
            S3Clients.builder().endpoint(store.endpoint()).silence(Duration.ofMinutes(10)));

    private final Set<Thread> before = fetching();

    RangesAheadTest() throws IOException {}

    @AfterEach
    void stop() throws IOException {
        client.close();
        store.close();
    }

    @Override
    protected ByteSource sourceOf(byte[] content) {
        store.put(BUCKET, KEY, content);
        return S3ByteSource.of(client, BUCKET, KEY).withRangeBytes(RANGE).withRangesAtOnce(4);
    }

    @Override
    protected void overwrite(byte[] content) {
        store.put(BUCKET, KEY, content);
    }

    @Override
    protected ByteSource missing() {
        return S3ByteSource.of(client, BUCKET, "nowhere.csv").withRangesAtOnce(4);
    }

    @ParameterizedTest
    @EnumSource(Cut.class)
    void givesTheSameBytesInOrderOverConnectionsThatBreakAgainAndAgain(Cut cut) throws Exception {
        byte[] content = bytes(1_500_000);
        ByteSource source = sourceOf(content);
        store.cutEveryBodyAfter(5_000, cut);

        try (InputStream in = source.open(source.version(), 0)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void asksForOneRangeUntilMoreThanThatIsRead() throws Exception {
        ByteSource source = sourceOf(bytes(1_000_000));
        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(RANGE);
            assertThat(store.gets()).hasSize(1);
        }
        assertThat(ownThreads()).isEmpty();
    }

    @Test
    void fetchesNothingBehindWhatIsNeededBeforeThatIsRead() throws Exception {
        byte[] content = bytes(1_000_000);
        ByteSource source = sourceOf(content);
        int needed = 10 * RANGE;
        try (InputStream in = source.open(source.version(), 0, needed)) {
            assertThat(in.readNBytes(needed)).isEqualTo(Arrays.copyOf(content, needed));
            assertThat(store.gets()).hasSize(10);
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, needed, content.length));
        }
    }

    @Test
    void tellsOfAChangeBeforeItGivesWhatWasFetchedBefore() throws Exception {
        byte[] content = bytes(1_000_000);
        ByteSource source = sourceOf(content);
        SourceVersion version = source.version();
        try (InputStream in = source.open(version, 0)) {
            in.readNBytes(2 * RANGE);
            overwrite(bytes(999_999));

            assertThatThrownBy(in::readAllBytes).isInstanceOf(SourceChangedException.class);
            assertThatThrownBy(in::read).isInstanceOf(SourceChangedException.class);
        }
    }

    /** Again and again, because it depends on how far each is; and with a client that gives up later than this test does. */
    @RepeatedTest(20)
    void dropsEverythingThatIsUnderWayWhenItIsClosed() throws Exception {
        byte[] content = bytes(10_000_000);
        store.put(BUCKET, KEY, content);
        S3ByteSource source = S3ByteSource.of(client, BUCKET, KEY).withRangesAtOnce(4);
        store.cutEveryBodyAfter(100_000, Cut.FIN);
        InputStream in = source.open(source.version(), 0);
        in.readNBytes(RangedObjectStream.FIRST_RANGE_BYTES);
        // Each of the four that are fetched then hangs.
        store.stall(100);
        FutureTask<Throwable> failure = new FutureTask<>(() -> catchThrowable(in::readAllBytes));
        Thread reader = new Thread(failure);
        reader.start();
        Eventually.holds("four ranges under way", () -> store.gets().size() == 3 + 4);
        reader.interrupt();
        assertThat(failure.get()).isInstanceOf(InterruptedIOException.class);
        in.close();

        Eventually.holds("the end of all threads", () -> ownThreads().isEmpty());
    }

    @Test
    void stopsWhenItsThreadIsInterruptedWhileItWaits() throws Exception {
        ByteSource source = sourceOf(bytes(1_000_000));
        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(RANGE);
            Thread.currentThread().interrupt();

            assertThatThrownBy(in::readAllBytes).isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
        }
    }

    /** Those that were not there before this test: others' may be about to end still. */
    private Set<Thread> ownThreads() {
        Set<Thread> threads = fetching();
        threads.removeAll(before);
        return threads;
    }

    private static Set<Thread> fetching() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("pipeline-s3-range"))
                .collect(Collectors.toSet());
    }
}
