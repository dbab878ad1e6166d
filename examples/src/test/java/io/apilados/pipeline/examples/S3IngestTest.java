// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.aws.s3.S3Clients;
import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Wherever a file does, an object in S3 does. */
@ExtendWith(S3Servers.class)
@Timeout(120)
class S3IngestTest {

    private static final int ROWS = 300;

    @TempDir
    private Path folder;

    private IngestFolder place;
    private URI endpoint;
    private S3Client client;
    private String bucket;
    private CountingApi api;
    private final AtomicBoolean refuses = new AtomicBoolean();

    @BeforeEach
    void begin(S3Servers servers) throws IOException {
        place = new IngestFolder(folder).withInput(IngestFolder.HEADER + "\n" + "P0,99ZZZ0000Z,Ana,10\n" + rows());
        endpoint = servers.endpoint(Kind.S3PROXY);
        bucket = servers.newBucket(Kind.S3PROXY);
        client = S3Clients.create(endpoint);
        put("in/input.csv", Files.readAllBytes(place.input()));
        put("in/catalog.csv", Files.readAllBytes(place.catalog()));
        api = CountingApi.answering(request -> refuses.get() && request.number() > 3 ? 401 : 200);
    }

    @AfterEach
    void stop() {
        client.close();
        api.close();
    }

    private static String rows() {
        StringBuilder rows = new StringBuilder();
        for (int i = 1; i < ROWS; i++) {
            rows.append(IngestFolder.row(i)).append('\n');
        }
        return rows.toString();
    }

    private void put(String key, byte[] content) {
        var unused = client.putObject(put -> put.bucket(bucket).key(key), RequestBody.fromBytes(content));
    }

    private String text(String key) {
        return client.getObjectAsBytes(get -> get.bucket(bucket).key(key)).asUtf8String();
    }

    private String s3(String key) {
        return "s3://" + bucket + "/" + key;
    }

    private IngestRun run(String input, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--endpoint",
                endpoint.toString(),
                "--input",
                input,
                "--catalog",
                s3("in/catalog.csv"),
                "--target",
                api.uri().toString(),
                "--rejects",
                s3("out/rejects.csv"),
                "--json"));
        arguments.addAll(List.of(more));
        return IngestRun.of(arguments);
    }

    @Test
    void everythingIsInS3() throws IOException {
        IngestRun run =
                run(s3("in/input.csv"), "--checkpoint", s3("out/checkpoints"), "--report", s3("out/report.html"));

        assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
        assertThat(run.assertBalanced().number("delivered")).isEqualTo(ROWS - 1);
        assertThat(text("out/rejects.csv"))
                .startsWith("line,byte_offset,stage,code,message," + IngestFolder.HEADER + "\n2,")
                .contains("unknown-key");
        assertThat(text("out/report.html")).startsWith("<!doctype html>").contains(s3("in/input.csv"));
        assertThat(place.rejects()).doesNotExist();

        IngestRun again = run(s3("in/input.csv"), "--checkpoint", s3("out/checkpoints"));
        assertThat(again.exit()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
        assertThat(again.number("delivered"))
                .as("the whole is known to be done")
                .isEqualTo(ROWS - 1);
        assertThat(api.records()).hasSize(ROWS - 1);
    }

    @Test
    void filesAndObjectsGoTogetherAndReportsMayBeJson() {
        IngestRun run = run(place.input().toString(), "--report", s3("out/report.json"));

        assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
        assertThat(text("out/report.json")).startsWith("{").contains("\"status\":\"COMPLETED\"");
        assertThat(text("out/rejects.csv")).contains("unknown-key");
    }

    @Test
    void compressedInputGoesOnFromItsCheckpoint() throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(compressed)) {
            out.write(Files.readAllBytes(place.input()));
        }
        put("in/input.csv.gz", compressed.toByteArray());
        refuses.set(true);
        String[] options = {"--checkpoint", s3("out/checkpoints"), "--batch", "50:50:50", "--concurrency", "1"};
        IngestRun stopped = run(s3("in/input.csv.gz"), options);
        assertThat(stopped.exit()).as(stopped.err()).isEqualTo(Ingest.STOPPED);

        refuses.set(false);
        IngestRun run = run(s3("in/input.csv.gz"), options);
        assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
        assertThat(run.assertBalanced().number("delivered")).isEqualTo(ROWS - 1);
        assertThat(run.number("resumedFrom")).isGreaterThan(50);
        assertThat(api.records()).as("nothing twice").hasSize(ROWS - 1);
    }

    @ParameterizedTest
    @CsvSource({
        "--rejects s3://b/in/input.csv?planted, --rejects location was s3://b/in/input.csv?... but it must be s3://bucket/key",
        "--rejects s3://b, --rejects location was s3://b but it must be s3://bucket/key",
        "--rejects s3://b/r.csv.gz, --rejects location was s3://b/r.csv.gz but rejected records are not compressed",
        "--checkpoint s3://b/x?planted, --checkpoint location was s3://b/x?... but it must be s3://bucket/prefix",
        "--report s3://b/, --report location was s3://b/ but it must be s3://bucket/key",
        "--endpoint ftp://planted:planted@host, --endpoint must be an address that begins with http:// or https://",
    })
    void wrongPlaceIsBadUsage(String options, String told) {
        List<String> arguments = new ArrayList<>(List.of(
                "--input",
                place.input().toString(),
                "--catalog",
                place.catalog().toString(),
                "--target",
                "http://127.0.0.1:9/"));
        arguments.addAll(List.of(options.split(" ")));
        if (!options.startsWith("--endpoint")) {
            arguments.addAll(List.of("--endpoint", endpoint.toString()));
        }
        IngestRun run = IngestRun.of(arguments);

        assertThat(run.exit()).as(run.err()).isEqualTo(Ingest.BAD_USAGE);
        assertThat(run.errors())
                .singleElement()
                .asString()
                .startsWith("ingest: " + told)
                .doesNotContain("planted");
    }

    @Test
    void missingObjectIsBadUsage() {
        IngestRun run = run(s3("in/nowhere.csv"));

        assertThat(run.exit()).isEqualTo(Ingest.BAD_USAGE);
        assertThat(run.errors())
                .singleElement()
                .asString()
                .contains("--input " + s3("in/nowhere.csv") + ": there is no such object");
    }

    @Test
    void whatIsReadIsNeverOverwritten() {
        IngestRun run = run(s3("in/input.csv"), "--report", s3("in/input.csv"));

        assertThat(run.exit()).isEqualTo(Ingest.BAD_USAGE);
        assertThat(run.errors())
                .singleElement()
                .asString()
                .contains("--report " + s3("in/input.csv") + ": is another object of this run");
    }

    @Test
    void endpointWithoutAnObjectIsBadUsage() {
        IngestRun run = IngestRun.of(place.arguments("http://127.0.0.1:9/", "--endpoint", endpoint.toString()));

        assertThat(run.exit()).isEqualTo(Ingest.BAD_USAGE);
        assertThat(run.errors()).singleElement().asString().contains("--endpoint is for places that begin with s3://");
    }

    @Test
    void aRunOverFilesLoadsNoClassOfTheSdk() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-verbose:class",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Ingest.class.getName()));
        command.addAll(place.arguments(api.url()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isEqualTo(Ingest.COMPLETED_WITH_REJECTS);
        assertThat(said.lines().filter(line -> line.contains("io.apilados.pipeline.examples.IngestPlaces ")))
                .as("what it does load")
                .isNotEmpty();
        assertThat(said.lines().filter(line -> line.contains("software.amazon.") || line.contains(".aws.s3.")))
                .isEmpty();
    }
}
