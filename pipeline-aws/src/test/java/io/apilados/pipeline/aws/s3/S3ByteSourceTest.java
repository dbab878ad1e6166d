// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.aws.s3.LoopbackS3.Cut;
import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonMapping;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.ByteSourceContract;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

@Timeout(120)
class S3ByteSourceTest extends ByteSourceContract {

    private static final String BUCKET = "enrolments";
    private static final String KEY = "2026/participants.csv";
    private static final String LOCATION = "s3://enrolments/2026/participants.csv";
    private static final int KIB = 1024;

    private final LoopbackS3 store = new LoopbackS3();
    private final S3Client client = S3Client.builder()
            .endpointOverride(store.endpoint())
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                    StaticCredentialsProvider.create(AwsBasicCredentials.create("planted-key", "planted-secret")))
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .overrideConfiguration(ClientOverrideConfiguration.builder()
                    .retryStrategy(DefaultRetryStrategy.standardStrategyBuilder()
                            .backoffStrategy(BackoffStrategy.retryImmediately())
                            .throttlingBackoffStrategy(BackoffStrategy.retryImmediately())
                            .build())
                    .build())
            .build();

    S3ByteSourceTest() throws IOException {}

    @AfterEach
    void stop() throws IOException {
        client.close();
        store.close();
    }

    @Override
    protected ByteSource sourceOf(byte[] content) {
        store.put(BUCKET, KEY, content);
        return S3ByteSource.of(client, BUCKET, KEY).withScheduler(new VirtualScheduler());
    }

    /** With ranges of so many bytes, the first one included. */
    private S3ByteSource inRanges(byte[] content, int bytes) {
        return ((S3ByteSource) sourceOf(content)).withRangeBytes(bytes);
    }

    @Override
    protected void overwrite(byte[] content) {
        store.put(BUCKET, KEY, content);
    }

    @Override
    protected ByteSource missing() {
        return S3ByteSource.of(client, BUCKET, "nowhere.csv");
    }

    @ParameterizedTest
    @EnumSource(Cut.class)
    void givesTheSameBytesOverConnectionsThatBreakAgainAndAgain(Cut cut) throws Exception {
        byte[] content = bytes(3_000_017);
        ByteSource source = sourceOf(content);
        store.cutEveryBodyAfter(48 * KIB, cut);

        assertThat(readAll(source, 0)).isEqualTo(content);
        assertThat(store.gets()).hasSizeGreaterThan(60);
    }

    @ParameterizedTest
    @EnumSource(Cut.class)
    void givesTheSameRestOverConnectionsThatBreakAgainAndAgain(Cut cut) throws Exception {
        byte[] content = bytes(500_000);
        ByteSource source = sourceOf(content);
        store.cutEveryBodyAfter(48 * KIB, cut);

        assertThat(readAll(source, 123_456)).isEqualTo(Arrays.copyOfRange(content, 123_456, content.length));
    }

    @Test
    void givesTheSameBytesOneByOneOverConnectionsThatGiveOneByteEach() throws Exception {
        byte[] content = bytes(50);
        ByteSource source = sourceOf(content);
        store.cutEveryBodyAfter(1, Cut.FIN);

        assertThat(readAll(source, 0)).isEqualTo(content);
    }

    @Test
    void goesOnWithTheRangeFromTheBreakAndTheVersionsEtag() throws Exception {
        ByteSource source = sourceOf(bytes(100_000));
        String etag = source.version().tag().substring("etag:".length());
        store.cutEveryBodyAfter(40_000, Cut.FIN);

        readAll(source, 0);

        assertThat(store.gets())
                .hasSize(3)
                .allSatisfy(get -> assertThat(get.header("If-Match")).isEqualTo(etag));
        assertThat(store.gets().stream().map(get -> String.valueOf(get.header("Range"))))
                .containsExactly("null", "bytes=40000-99999", "bytes=80000-99999");
    }

    @ParameterizedTest
    @EnumSource(Cut.class)
    void endsInSourceChangedExceptionAndNoFurtherByteWhenTheObjectIsOverwrittenInTheMiddle(Cut cut) throws Exception {
        byte[] content = bytes(1_000_000);
        ByteSource source = sourceOf(content);
        store.cutEveryBodyAfter(48 * KIB, cut);

        try (InputStream in = source.open(source.version(), 0)) {
            assertThat(in.readNBytes(100_000)).isEqualTo(Arrays.copyOf(content, 100_000));
            overwrite(new byte[1_000_000]);

            // What was under way of the old version may still arrive; of the new one, nothing.
            int at = 100_000;
            byte[] block = new byte[4_096];
            try {
                for (int n = in.read(block); n >= 0; n = in.read(block)) {
                    assertThat(Arrays.copyOf(block, n)).isEqualTo(Arrays.copyOfRange(content, at, at + n));
                    at += n;
                }
                assertThat(at).as("ended well at").isNegative();
            } catch (SourceChangedException e) {
                assertThat(e).hasMessageContaining(LOCATION);
            }
            assertThat(at).isLessThanOrEqualTo(RangedObjectStream.FIRST_RANGE_BYTES);
            assertThatThrownBy(in::read).isInstanceOf(SourceChangedException.class);
        }
    }

    @Test
    void doesNotTakeAnEarlyEndForTheEnd() throws Exception {
        ByteSource source = sourceOf(bytes(100_000));
        SourceVersion version = source.version();
        store.cutEveryBodyAfter(0, Cut.FIN);

        try (InputStream in = source.open(version, 60_000)) {
            assertThatThrownBy(in::read)
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SourceChangedException.class)
                    .hasMessageContaining(LOCATION)
                    .hasMessageContaining("at byte 60000 of 100000")
                    .hasMessageContaining("run again to go on");
        }
        assertThat(store.gets()).as("one, and five in a row more").hasSize(6);
    }

    @Test
    void countsOnlyBreaksInARowWithoutAByte() throws Exception {
        ByteSource source = inRanges(bytes(2_000), KIB);
        store.cutEveryBodyAfter(100, Cut.FIN);
        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(KIB);
            store.cutEveryBodyAfter(0, Cut.FIN);

            assertThatThrownBy(in::read).hasMessageContaining("at byte 1024 of 2000");
        }
        assertThat(store.gets()).hasSize(11 + 6);
    }

    @Test
    void waitsLongerBeforeEachFurtherBreakInARow() throws Exception {
        VirtualScheduler time = new VirtualScheduler();
        ByteSource source = ((S3ByteSource) sourceOf(bytes(1_000))).withScheduler(time);
        store.cutEveryBodyAfter(0, Cut.RST);

        assertThatThrownBy(() -> readAll(source, 0)).hasMessageContaining("broke 6 times in a row");
        assertThat(time.elapsed()).isEqualTo(Duration.ofMillis(50 + 100 + 200 + 400));
    }

    @Test
    void asksForRangesThatAreTwiceAsLongUntilTheyAreAsLongAsTheyMayBe() throws Exception {
        byte[] content = bytes(2_500_000);
        ByteSource source = inRanges(content, 600_000);

        assertThat(readAll(source, 100_000)).isEqualTo(Arrays.copyOfRange(content, 100_000, content.length));
        assertThat(store.gets().stream().map(get -> get.header("Range")))
                .containsExactly(
                        "bytes=100000-362143",
                        "bytes=362144-886431",
                        "bytes=886432-1486431",
                        "bytes=1486432-2086431",
                        "bytes=2086432-2499999");
    }

    @Test
    void asksAtOnceForWhatIsNeededAndForNothingBehindItBeforeThatIsRead() throws Exception {
        byte[] content = bytes(2_500_000);
        ByteSource source = inRanges(content, 600_000);
        try (InputStream in = source.open(source.version(), 100_000, 1_000_000)) {
            assertThat(in.readNBytes(900_000)).isEqualTo(Arrays.copyOfRange(content, 100_000, 1_000_000));
            assertThat(store.gets().stream().map(get -> get.header("Range")))
                    .containsExactly("bytes=100000-699999", "bytes=700000-999999");

            assertThat(in.readNBytes(600_000)).isEqualTo(Arrays.copyOfRange(content, 1_000_000, 1_600_000));
            assertThat(store.gets().stream().skip(2).map(get -> get.header("Range")))
                    .containsExactly("bytes=1000000-1262143", "bytes=1262144-1786431");
        }
    }

    @Test
    void readersFetchAnObjectOnceAndHardlyMore() throws Exception {
        String text = "of a row, ".repeat(30);
        StringBuilder csv = new StringBuilder("id,text\n");
        for (int i = 0; i < 60_000; i++) {
            csv.append("12345,\"").append(text).append("\"\n");
        }
        byte[] content = csv.toString().getBytes(StandardCharsets.UTF_8);
        store.put(BUCKET, KEY, content);

        RunReport report = Pipeline.from(S3ByteSource.of(client, BUCKET, KEY))
                .parse(CsvParser.withHeader())
                .enrich(JsonMapping.builder().text("id").build())
                .batch(BatchSizing.fixed(1_000))
                .deliver((Batch<JsonRecord> batch) -> CompletableFuture.completedFuture(DeliveryOutcome.delivered()))
                .readers(2)
                .build()
                .run();

        assertThat(report.delivered()).isEqualTo(60_000);
        // Once, and the header.
        assertThat(store.bodyBytesWrittenInTheEnd()).isBetween((long) content.length, 21L * content.length / 20);
    }

    @Test
    void leavesNoConnectionWaitingWhileNothingIsRead() throws Exception {
        byte[] content = bytes(3_000_000);
        ByteSource source = inRanges(content, 1 << 20);
        try (InputStream in = source.open(source.version(), 0)) {
            in.read();
            // Far more than the sockets' buffers hold is in memory, and the next range has not been asked for.
            assertThat(in.available()).isEqualTo(RangedObjectStream.FIRST_RANGE_BYTES - 1);
            assertThat(store.gets()).hasSize(1);
        }
    }

    @Test
    void doesNotFetchTheRestWhenItIsClosedEarly() throws Exception {
        ByteSource source = sourceOf(bytes(20_000_000));

        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(KIB);
        }

        assertThat(store.bodyBytesWrittenInTheEnd()).isLessThan(1 << 20);
    }

    /** For HTTP clients whose polite close fetches the rest, which the one of the other tests does not. */
    @ParameterizedTest
    @CsvSource({"0, true", "1000, false"})
    void abortsTheBodyWhenItIsClosedBeforeTheEndAndOnlyThen(int read, boolean aborts) throws Exception {
        AtomicBoolean aborted = new AtomicBoolean();
        S3Client other =
                answering(AbortableInputStream.create(new ByteArrayInputStream(bytes(1_000)), () -> aborted.set(true)));
        SourceVersion version = sourceOf(bytes(1_000)).version();

        try (InputStream in = S3ByteSource.of(other, BUCKET, KEY).open(version, 0)) {
            assertThat(in.readNBytes(read)).hasSize(read);
        }

        assertThat(aborted.get()).isEqualTo(aborts);
    }

    @Test
    void readsThePinnedVersionToItsEndWhenTheObjectIsOverwritten() throws Exception {
        byte[] content = bytes(1_000_000);
        String id = store.put(BUCKET, KEY, content);
        S3ByteSource source = S3ByteSource.of(client, BUCKET, KEY).withVersionId(id);
        SourceVersion version = source.version();
        assertThat(version.tag()).isEqualTo("version:" + id + " etag:\"" + id + "\"");

        overwrite(bytes(1_000_000 - 1));

        try (InputStream in = source.open(version, 0)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
        assertThat(source.version()).isEqualTo(version);
        assertThat(S3ByteSource.of(client, BUCKET, KEY).version()).isNotEqualTo(version);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3ByteSource.of(client, BUCKET, KEY).open(version, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b"})
    void refusesWhatIsNoIdOfAVersion(String id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3ByteSource.of(client, BUCKET, KEY).withVersionId(id))
                .withMessageContaining("must be the id of a version");
    }

    @Test
    void refusesSettingsOutOfRange() {
        S3ByteSource source = S3ByteSource.of(client, BUCKET, KEY);
        assertThatIllegalArgumentException().isThrownBy(() -> source.withRangeBytes(1023));
        assertThatIllegalArgumentException().isThrownBy(() -> source.withRangesAtOnce(0));
        assertThatIllegalArgumentException().isThrownBy(() -> source.withRangesAtOnce(65));
    }

    @Test
    void noticesABodyThatDoesNotEndWithTheVersion() throws Exception {
        S3Client other = answering(AbortableInputStream.create(new ByteArrayInputStream(bytes(1_001))));
        SourceVersion version = sourceOf(bytes(1_000)).version();

        try (InputStream in = S3ByteSource.of(other, BUCKET, KEY).open(version, 0)) {
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(SourceChangedException.class)
                    .hasMessageContaining("more than its 1000 bytes");
        }
    }

    private static S3Client answering(AbortableInputStream body) {
        return new S3Client() {
            @Override
            public ResponseInputStream<GetObjectResponse> getObject(GetObjectRequest request) {
                return new ResponseInputStream<>(GetObjectResponse.builder().build(), body);
            }

            @Override
            public String serviceName() {
                return SERVICE_NAME;
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void asksForNothingAtTheVeryEnd() throws Exception {
        ByteSource source = sourceOf(bytes(1_000));

        assertThat(readAll(source, 1_000)).isEmpty();
        assertThat(store.gets()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1_001})
    void refusesAnOffsetOutsideTheVersion(long offset) throws Exception {
        ByteSource source = sourceOf(bytes(1_000));
        SourceVersion version = source.version();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> source.open(version, offset))
                .withMessage("byteOffset was " + offset + " but it must be between 0 and 1000");
    }

    @Test
    void refusesTheVersionOfAnotherSource() throws Exception {
        SourceVersion other = sourceOf(bytes(1_000)).version();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> missing().open(other, 0))
                .withMessageContaining(LOCATION)
                .withMessageContaining("nowhere.csv");
    }

    @Test
    void tellsTheEtagAsTheVersionsTag() throws Exception {
        assertThat(sourceOf(bytes(1_000)).version())
                .isEqualTo(new SourceVersion(LOCATION, 1_000, "etag:\"version-1\"", true));
    }

    @Test
    void saysThatThereIsNoSuchObject() {
        assertThatThrownBy(missing()::version)
                .isInstanceOf(IOException.class)
                .hasMessage("s3://enrolments/nowhere.csv: there is no such object, or no such bucket (HTTP 404"
                        + " NoSuchKey); check both names and the endpoint");
    }

    @ParameterizedTest
    @CsvSource({
        "403, AccessDenied, access is denied (HTTP 403",
        "403, InvalidObjectState, the object is archived (HTTP 403",
        "404, NoSuchBucket, there is no such object",
        "429, SlowDown, fails or is overloaded (HTTP 429",
        "503, SlowDown, fails or is overloaded (HTTP 503",
        "400, InvalidToken, refused the request (HTTP 400"
    })
    void saysWhatTheStoreRefused(int status, String code, String said) throws Exception {
        ByteSource source = sourceOf(bytes(1_000));
        SourceVersion version = source.version();
        store.refuseAll(status, code, Map.of());

        assertThatThrownBy(() -> source.open(version, 0))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(SourceChangedException.class)
                .hasMessageStartingWith(LOCATION + ": ")
                .hasMessageContaining(said)
                .hasMessageContaining(code)
                .satisfies(S3ByteSourceTest::showsNoCredential);
    }

    @Test
    void saysThatAccessIsDeniedAlreadyWhenAskedForTheVersion() {
        ByteSource source = sourceOf(bytes(1_000));
        store.refuseAll(403, "AccessDenied", Map.of());

        assertThatThrownBy(source::version)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(LOCATION + ": access is denied (HTTP 403")
                .satisfies(S3ByteSourceTest::showsNoCredential);
    }

    @Test
    void namesTheRegionOfABucketThatIsElsewhere() {
        ByteSource source = sourceOf(bytes(1_000));
        store.refuseAll(301, "PermanentRedirect", Map.of("x-amz-bucket-region", "mx-central-1"));

        assertThatThrownBy(source::version)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the bucket is in region mx-central-1");
    }

    @Test
    void saysThatTheStoreCannotBeReached() throws Exception {
        ByteSource source = sourceOf(bytes(1_000));
        store.close();

        assertThatThrownBy(source::version)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(LOCATION + ": the store cannot be reached (ConnectException)")
                .satisfies(S3ByteSourceTest::showsNoCredential);
    }

    @Test
    void stopsAtOnceWhenAccessIsTakenAwayInTheMiddle() throws Exception {
        ByteSource source = inRanges(bytes(100_000), 10_000);
        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(1_000);
            store.refuseAll(403, "AccessDenied", Map.of());

            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("access is denied");
        }
        assertThat(store.gets()).hasSize(2);
    }

    @Test
    void refusesAStoreThatTellsNoEtag() {
        ByteSource source = sourceOf(bytes(1_000));
        store.tellNoEtag();

        assertThatThrownBy(source::version)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(LOCATION + ": the store told no ETag");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 500})
    void noticesAChangeInAStoreThatIgnoresPreconditions(long offset) throws Exception {
        ByteSource source = sourceOf(bytes(1_000));
        SourceVersion version = source.version();
        store.ignorePreconditions();
        overwrite(bytes(800));

        assertThatThrownBy(() -> source.open(version, offset)).isInstanceOf(SourceChangedException.class);
    }

    @Test
    void noticesAShrunkObjectInAStoreThatIgnoresPreconditions() throws Exception {
        ByteSource source = sourceOf(bytes(1_000));
        SourceVersion version = source.version();
        store.ignorePreconditions();
        overwrite(bytes(800));

        assertThatThrownBy(() -> source.open(version, 900))
                .isInstanceOf(SourceChangedException.class)
                .hasMessageContaining("no byte 900");
    }

    @Test
    void refusesAStoreThatIgnoresRanges() throws Exception {
        ByteSource source = sourceOf(bytes(100_000));
        store.ignoreRanges();
        store.cutEveryBodyAfter(40_000, Cut.FIN);

        assertThatThrownBy(() -> readAll(source, 0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("was asked for the bytes from 40000 on and answered with the whole");
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 1_000_000})
    void acceptsAnObjectThatMatchesItsChecksum(int size) throws Exception {
        byte[] content = bytes(size);
        ByteSource source = sourceOf(content);
        store.tellTheChecksum();

        assertThat(readAll(source, 0)).isEqualTo(content);
    }

    @Test
    void goesOnAfterABreakOfAnObjectWithAChecksum() throws Exception {
        byte[] content = bytes(1_000_000);
        ByteSource source = sourceOf(content);
        store.tellTheChecksum();
        store.cutEveryBodyAfter(400_000, Cut.FIN);

        assertThat(readAll(source, 0)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 1_000_000})
    void refusesBytesThatDoNotMatchTheObjectsChecksum(int size) throws Exception {
        ByteSource source = sourceOf(bytes(size));
        store.tellAWrongChecksum();

        assertThatThrownBy(() -> readAll(source, 0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(LOCATION + ": the bytes that arrived do not match the object's checksum");
    }

    @Test
    void stopsWhenItsThreadIsInterrupted() throws Exception {
        ByteSource source = sourceOf(bytes(1_000_000));
        try (InputStream in = source.open(source.version(), 0)) {
            in.read();
            Thread.currentThread().interrupt();

            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessageContaining(LOCATION);
            assertThat(Thread.interrupted()).as("the flag is kept").isTrue();
        }
    }

    @Test
    void readsAKeyOfOddCharacters() throws Exception {
        byte[] content = bytes(1_000);
        String key = "a b+ñ%41&=?#'\"/é.csv";
        store.put(BUCKET, key, content);

        assertThat(readAll(S3ByteSource.of(client, BUCKET, key), 0)).isEqualTo(content);
    }

    @ParameterizedTest
    @CsvSource({
        "s3://enrolments/2026/participants.csv, s3://enrolments/2026/participants.csv",
        "S3://my_bucket.x/a, s3://my_bucket.x/a",
        "s3://b/a%20b+c%3F%23.csv, s3://b/a b+c?#.csv",
        "s3://b//a/, s3://b//a/"
    })
    void takesALocation(URI given, String location) {
        assertThat(S3ByteSource.of(client, given).location()).isEqualTo(location);
    }

    @ParameterizedTest
    @CsvSource({
        "s3://bucket, s3://bucket",
        "s3://bucket/, s3://bucket/",
        "s3:///key, s3:/key",
        "s3:planted, s3:...",
        "bucket/key, bucket/key",
        "https://bucket.s3.amazonaws.com/key?X-Amz-Signature=planted," + " https://bucket.s3.amazonaws.com/key?...",
        "s3://planted:planted@bucket/key, s3://...@bucket/key",
        "s3://bucket/key?versionId=planted, s3://bucket/key?...",
        "s3://bucket/key#planted, s3://bucket/key#..."
    })
    void refusesAnotherLocationWithoutShowingItsSecrets(URI given, String shown) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> S3ByteSource.of(client, given))
                .withMessageStartingWith("location was " + shown + " but it must be s3://bucket/key")
                .withMessageNotContaining("planted");
    }

    @Test
    void refusesAnEmptyBucketOrKey() {
        assertThatIllegalArgumentException().isThrownBy(() -> S3ByteSource.of(client, "", KEY));
        assertThatIllegalArgumentException().isThrownBy(() -> S3ByteSource.of(client, BUCKET, ""));
    }

    private static void showsNoCredential(Throwable e) {
        assertThat(Throwables.getStackTrace(e)).doesNotContain("planted");
    }

    private static byte[] readAll(ByteSource source, long offset) throws IOException {
        try (InputStream in = source.open(source.version(), offset)) {
            return in.readAllBytes();
        }
    }
}
