// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.aws.testing.FlakyTcpProxy;
import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A CSV comes over connections that end early, by FIN and by RST, and that stall, and its rows are those of the local
 * file: from two stores, with every HTTP client.
 */
@Tag("once")
@ExtendWith(S3Servers.class)
@Timeout(1_800)
class FlakyTransfersTest {

    private static final long MIB = 1 << 20;

    @TempDir
    private static Path folder;

    /**
     * How a transfer goes.
     *
     * @param bytes of the file, at least
     * @param least bytes that a connection brings
     * @param most bytes that a connection brings
     * @param stalls how many connections stall instead of ending
     */
    private record Weather(long bytes, int rangeBytes, long least, long most, int stalls, Duration silence) {}

    private static final Weather SHORT = new Weather(4 * MIB, 512 << 10, 64 << 10, MIB / 2, 1, Duration.ofSeconds(1));
    private static final Weather LONG =
            new Weather(200 * MIB, S3ByteSource.DEFAULT_RANGE_BYTES, MIB, 16 * MIB, 2, S3Clients.DEFAULT_SILENCE);

    /** Every store with every client and each way of ending; from one of them a range at a time, from the other four. */
    static Stream<Arguments> allWays() {
        return Stream.of(Kind.values())
                .flatMap(kind -> Stream.of(S3HttpClient.values())
                        .flatMap(http -> Stream.of(false, true)
                                .map(abrupt -> Arguments.of(kind, http, abrupt, kind == Kind.S3MOCK ? 1 : 4))));
    }

    /** Every client with each way of ending; the stores and the number of ranges in turn. */
    static Stream<Arguments> someWays() {
        return Stream.of(S3HttpClient.values())
                .flatMap(http -> Stream.of(
                        Arguments.of(Kind.S3MOCK, http, http == S3HttpClient.CRT, 1),
                        Arguments.of(Kind.S3PROXY, http, http != S3HttpClient.CRT, 4)));
    }

    @ParameterizedTest
    @MethodSource("someWays")
    void rowsAreThoseOfTheLocalFile(Kind kind, S3HttpClient http, boolean abrupt, int atOnce, S3Servers servers)
            throws Exception {
        transfer(SHORT, kind, http, abrupt, atOnce, servers);
    }

    @ParameterizedTest
    @MethodSource("allWays")
    @Tag("slow")
    void rowsOf200MegabytesAreThoseOfTheLocalFile(
            Kind kind, S3HttpClient http, boolean abrupt, int atOnce, S3Servers servers) throws Exception {
        transfer(LONG, kind, http, abrupt, atOnce, servers);
    }

    private static void transfer(
            Weather weather, Kind kind, S3HttpClient http, boolean abrupt, int atOnce, S3Servers servers)
            throws Exception {
        Path file = csv(weather.bytes());
        String expected = digest(ByteSource.file(file));
        String bucket = servers.newBucket(kind);
        try (S3Client direct = S3Clients.create(servers.endpoint(kind));
                FlakyTcpProxy proxy = new FlakyTcpProxy(servers.endpoint(kind));
                S3Client client = S3Clients.builder()
                        .endpoint(proxy.endpoint())
                        .http(http)
                        .silence(weather.silence())
                        .build()) {
            var unusedPut = direct.putObject(request -> request.bucket(bucket).key("participants.csv"), file);
            proxy.cutAfter(weather.least(), weather.most(), abrupt, 8).stallOneCutIn(3, weather.stalls());
            S3ByteSource source = S3ByteSource.of(client, bucket, "participants.csv")
                    .withRangeBytes(weather.rangeBytes())
                    .withRangesAtOnce(atOnce);
            long began = System.nanoTime();

            assertThat(digest(source)).isEqualTo(expected);

            System.out.printf(
                    Locale.ROOT,
                    "%d MiB from %s with %s, %s, %d at once: %d cuts, %d stalls of %d s, %.1f MiB in all, %.1f s%n",
                    Files.size(file) / MIB,
                    kind,
                    http,
                    abrupt ? "RST" : "FIN",
                    atOnce,
                    proxy.cuts(),
                    proxy.stalls(),
                    weather.silence().toSeconds(),
                    (double) proxy.bytesToClient() / MIB,
                    (System.nanoTime() - began) / 1e9);
            assertThat(proxy.cuts()).as("cuts").isGreaterThan(5);
            assertThat(proxy.stalls()).as("stalls").isEqualTo(weather.stalls());
            var unusedDeletion =
                    direct.deleteObject(request -> request.bucket(bucket).key("participants.csv"));
        }
    }

    /** Made once for each size; with quoted fields that run over lines. */
    private static Path csv(long bytes) throws IOException {
        Path file = folder.resolve("participants-" + bytes + ".csv");
        if (!Files.exists(file)) {
            SplittableRandom random = new SplittableRandom(bytes);
            try (BufferedWriter out = Files.newBufferedWriter(file)) {
                out.write("id,cct,nombre,nota\n");
                long written = 0;
                for (int i = 0; written < bytes; i++) {
                    String note = random.nextInt(50) == 0 ? "\"turno, matutino\nvespertino\"" : "";
                    String row = String.format(
                            Locale.ROOT,
                            "P%d,%02dDPR%04dA,Ana Acuña %d,%s%n",
                            i,
                            i % 32,
                            random.nextInt(9999),
                            i,
                            note);
                    out.write(row);
                    written += row.length();
                }
            }
        }
        return file;
    }

    /** Of the rows as the parser gives them, so of every byte that counts. */
    private static String digest(ByteSource source) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        CsvParser parser = CsvParser.withHeader();
        try (RecordReader<CsvRow> reader = parser.open(source, source.version(), SourcePosition.START)) {
            for (Step step = reader.advance(); step != Step.END; step = reader.advance()) {
                CsvRow row = reader.record();
                for (int i = 0; i < 4; i++) {
                    digest.update(row.text(i).getBytes(StandardCharsets.UTF_8));
                    digest.update((byte) 0);
                }
            }
            digest.update(Long.toString(reader.nextPosition().recordNumber()).getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @ParameterizedTest
    @EnumSource(S3HttpClient.class)
    void leavingAfterAKilobyteTransfersLessThanAMebibyteMore(S3HttpClient http, S3Servers servers) throws Exception {
        String bucket = servers.newBucket(Kind.S3PROXY);
        try (S3Client direct = S3Clients.create(servers.endpoint(Kind.S3PROXY));
                FlakyTcpProxy proxy = new FlakyTcpProxy(servers.endpoint(Kind.S3PROXY));
                S3Client client = S3Clients.builder()
                        .endpoint(proxy.endpoint())
                        .http(http)
                        .build()) {
            var unusedPut = direct.putObject(request -> request.bucket(bucket).key("participants.csv"), csv(20 * MIB));
            S3ByteSource source = S3ByteSource.of(client, bucket, "participants.csv");
            long began = System.nanoTime();
            try (InputStream in = source.open(source.version(), 0)) {
                in.readNBytes(1 << 10);
            }
            System.out.printf(
                    Locale.ROOT,
                    "left after 1 KiB with %s: %.0f KiB transferred, %d ms%n",
                    http,
                    proxy.bytesToClient() / 1024.0,
                    (System.nanoTime() - began) / 1_000_000);
            assertThat(proxy.bytesToClient()).isLessThan(MIB);
        }
    }
}
