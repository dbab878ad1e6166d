// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.s3.LoopbackS3.Cut;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.S3Client;

@Timeout(120)
class GzipObjectsTest {

    private static final String BUCKET = "b";

    private final LoopbackS3 store = new LoopbackS3();
    private final S3Client client =
            PlantedCredentials.client(S3Clients.builder().endpoint(store.endpoint()));

    GzipObjectsTest() throws IOException {}

    @AfterEach
    void stop() throws IOException {
        client.close();
        store.close();
    }

    /** Bytes that compress to about a third. */
    private static byte[] text(int size) {
        Random random = new Random(size);
        byte[] text = new byte[size];
        for (int i = 0; i < size; i++) {
            text[i] = (byte) ('a' + random.nextInt(8));
        }
        return text;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    private S3ByteSource source(String key, byte[] stored) {
        store.put(BUCKET, key, stored);
        return S3ByteSource.of(client, BUCKET, key);
    }

    private static byte[] read(S3ByteSource source, long from) throws IOException {
        try (InputStream in = source.open(source.version(), from)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @CsvSource({"a.csv.gz, ''", "A.CSV.GZ, aws-chunked", "a.csv, gzip", "a.csv, 'gzip,aws-chunked'", "a.csv.gz, GZIP"})
    void inflatesWhatIsCompressedByNameOrEncoding(String key, String encoding) throws IOException {
        byte[] content = text(700_000);
        store.encodeAs(encoding);
        S3ByteSource source = source(key, gzip(content));

        assertThat(source.version().sizeBytes()).isEqualTo(SourceVersion.UNKNOWN_SIZE);
        assertThat(read(source, 0)).isEqualTo(content);
        assertThat(read(source, 345_678)).isEqualTo(Arrays.copyOfRange(content, 345_678, content.length));
    }

    @ParameterizedTest
    @CsvSource({"a.csv, ''", "a.csv, aws-chunked", "a.csv.gz, identity"})
    void leavesOtherObjectsAsTheyAre(String key, String encoding) throws IOException {
        byte[] content = gzip(text(1_000));
        store.encodeAs(encoding);

        assertThat(read(source(key, content), 0)).isEqualTo(content);
    }

    @Test
    void inflatesMembersOneAfterAnother() throws IOException {
        byte[] first = text(300_000);
        byte[] second = new byte[0];
        byte[] third = text(5);
        byte[] stored = joined(gzip(first), gzip(second), gzip(third), new byte[100]);

        for (int rangeBytes : new int[] {1 << 10, 1 << 16}) {
            S3ByteSource source = source("a.gz", stored).withRangeBytes(rangeBytes);
            assertThat(read(source, 0)).isEqualTo(joined(first, second, third));
        }
    }

    @Test
    void goesOnOverConnectionsThatBreak() throws IOException {
        byte[] content = text(2_000_000);
        S3ByteSource source = source("a.gz", gzip(content));
        store.cutEveryBodyAfter(30_000, Cut.FIN);

        assertThat(read(source, 0)).isEqualTo(content);
    }

    /** The JDK's own stream would take the change for the end of the data if it came between two members. */
    @Test
    void neverTakesAChangeBetweenTwoMembersForTheEnd() throws IOException {
        byte[] member = gzip(text(900));
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        while (members.size() < 300_000) {
            members.writeBytes(member);
        }
        S3ByteSource source = source("a.gz", members.toByteArray()).withRangeBytes(member.length * 3);
        try (InputStream in = source.open(source.version(), 0)) {
            in.readNBytes(900 * 2);
            store.put(BUCKET, "a.gz", gzip(text(10)));

            assertThatThrownBy(in::readAllBytes).isInstanceOf(SourceChangedException.class);
        }
    }

    @Test
    void refusesWhatIsCutOff() throws IOException {
        byte[] whole = gzip(text(500));
        for (int length = 1; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> inflate(cut))
                    .as("%d bytes", length)
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("s3://b/k: ");
        }
    }

    @Test
    void refusesWhatIsDamagedWhereverThatIs() throws IOException {
        byte[] whole = gzip(text(500));
        for (int at = 10; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            assertThatThrownBy(() -> inflate(damaged)).as("byte %d", at).isInstanceOf(IOException.class);
        }
    }

    @Test
    void refusesWhatStandsBehindAMemberAndIsNone() throws IOException {
        byte[] whole = joined(gzip(text(500)), "planted".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> inflate(whole))
                .hasMessageContaining("something else stands behind a member")
                .hasMessageNotContaining("planted");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 16, 2, 30})
    void skipsTheOptionalFieldsOfAHeader(int flags) throws IOException {
        byte[] plain = gzip(text(500));
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        byte[] start = Arrays.copyOf(plain, 10);
        start[3] = (byte) flags;
        header.writeBytes(start);
        header.writeBytes((flags & 4) != 0 ? new byte[] {3, 0, 9, 9, 9} : new byte[0]);
        header.writeBytes((flags & 8) != 0 ? new byte[] {'n', 0} : new byte[0]);
        header.writeBytes((flags & 16) != 0 ? new byte[] {'c', 0} : new byte[0]);
        header.writeBytes((flags & 2) != 0 ? new byte[] {1, 2} : new byte[0]);
        byte[] whole = joined(header.toByteArray(), Arrays.copyOfRange(plain, 10, plain.length));

        assertThat(inflate(whole)).isEqualTo(text(500));
    }

    private static byte[] inflate(byte[] stored) throws IOException {
        try (InputStream in = new GzipStream(new ByteArrayInputStream(stored), "s3://b/k")) {
            return in.readAllBytes();
        }
    }
}
