// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import io.apilados.pipeline.aws.testing.S3Servers;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.report.RejectedCsv;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.SourcePosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/** In two stores: the object is what the file would be, and a run that goes on loses and doubles nothing. */
@Tag("once")
@ExtendWith(S3Servers.class)
@Timeout(180)
class S3RejectedRecordsTest {

    private static final byte[] HEADER = "id,cct".getBytes(UTF_8);

    abstract static class InStore {
        private final Kind kind;
        private S3Client client;
        private String bucket;

        InStore(Kind kind) {
            this.kind = kind;
        }

        @BeforeEach
        void begin(S3Servers servers) {
            client = client(servers.endpoint(kind));
            bucket = servers.newBucket(kind);
        }

        S3Client client(URI endpoint) {
            return S3Clients.create(endpoint);
        }

        @AfterEach
        void stop() {
            client.close();
        }

        private S3RejectedRecords rejects() {
            return S3RejectedRecords.of(client, URI.create("s3://" + bucket + "/out/rejects.csv"));
        }

        private static RejectedRecord record(int number, int bytes) {
            return new RejectedRecord(
                    new SourcePosition(1_000 + number * 10L, number + 10L, number + 10L),
                    "deliver",
                    "http-422",
                    "no, \"bad\" record",
                    ("P" + number + "," + "x".repeat(bytes)).getBytes(UTF_8));
        }

        private static byte[] csv(List<RejectedRecord> records) throws IOException {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            RejectedCsv.writeHeader(HEADER, out);
            for (RejectedRecord record : records) {
                RejectedCsv.write(record, out);
            }
            return out.toByteArray();
        }

        private byte[] object() {
            return client.getObjectAsBytes(get -> get.bucket(bucket).key("out/rejects.csv"))
                    .asByteArray();
        }

        private List<String> keys() {
            return client.listObjectsV2(list -> list.bucket(bucket)).contents().stream()
                    .map(S3Object::key)
                    .toList();
        }

        @Test
        void oneObjectIsLeftThatIsWhatTheFileWouldBe(@TempDir Path folder) throws IOException {
            RejectedRecords file = RejectedRecords.csv(folder.resolve("rejects.csv"));
            S3RejectedRecords rejects = rejects();
            for (RejectedRecords one : List.of(file, rejects)) {
                one.open(HEADER, 0);
                for (int i = 0; i < 100; i++) {
                    one.write(record(i, i));
                    if (i % 30 == 0) {
                        long unused = one.sync();
                    }
                }
                long unused = one.sync();
                one.complete();
                one.close();
            }
            assertThat(object()).isEqualTo(Files.readAllBytes(folder.resolve("rejects.csv")));
            assertThat(keys()).containsExactly("out/rejects.csv");
            assertThat(rejects.location()).isEqualTo("s3://" + bucket + "/out/rejects.csv");
        }

        @Test
        void nothingIsLeftOfARunThatRejectedNothing() throws IOException {
            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, 0);
                assertThat(rejects.sync()).isZero();
                rejects.complete();
            }
            assertThat(keys()).isEmpty();
        }

        /** Over several parts, and two parts of an upload. */
        @Test
        void whatTakesManyPartsIsOneObjectInTheEnd() throws IOException {
            List<RejectedRecord> all = new ArrayList<>();
            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, 0);
                for (int i = 0; i < 200; i++) {
                    all.add(record(i, 50_000));
                    rejects.write(all.get(i));
                }
                assertThat(rejects.sync()).isEqualTo(csv(all).length);
                assertThat(keys()).hasSize(10).allMatch(key -> key.startsWith("out/rejects.csv.parts/"));
                rejects.complete();
            }
            assertThat(object()).isEqualTo(csv(all));
            assertThat(keys()).containsExactly("out/rejects.csv");
        }

        /** Again and again a run is killed after a mark, has written more by then, and another goes on at the mark. */
        @Test
        void goesOnAtTheMarkWhateverWasWrittenAfterIt() throws IOException {
            Random random = new Random(kind.ordinal());
            List<RejectedRecord> all = new ArrayList<>();
            long mark = 0;
            for (int life = 0; life < 8; life++) {
                S3RejectedRecords rejects = rejects();
                rejects.open(HEADER, mark);
                for (int i = 0; i < 6; i++) {
                    RejectedRecord record = record(all.size(), random.nextInt(400_000));
                    all.add(record);
                    rejects.write(record);
                }
                mark = rejects.sync();
                assertThat(mark).isEqualTo(csv(all).length);
                for (int i = 0; i < life % 4; i++) {
                    rejects.write(record(-1 - i, random.nextInt(900_000)));
                    if (random.nextBoolean()) {
                        long unused = rejects.sync();
                    }
                }
                if (life % 3 == 2) {
                    rejects.close(); // It stopped; otherwise it was killed.
                }
            }
            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, mark);
                assertThat(rejects.sync()).isEqualTo(mark);
                rejects.complete();
            }
            assertThat(object()).isEqualTo(csv(all));
            assertThat(keys()).containsExactly("out/rejects.csv");
        }

        @Test
        void aRunThatStopsLeavesTheObjectForPeopleToSeeAndThePartsForTheNext() throws IOException {
            List<RejectedRecord> all = List.of(record(1, 10), record(2, 10), record(3, 10));
            long mark;
            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, 0);
                rejects.write(all.get(0));
                mark = rejects.sync();
                rejects.write(all.get(1));
            }
            assertThat(object()).isEqualTo(csv(all.subList(0, 2)));

            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, mark);
                rejects.write(all.get(2));
                long unused = rejects.sync();
                rejects.complete();
            }
            assertThat(object()).isEqualTo(csv(List.of(all.get(0), all.get(2))));
        }

        /** The checkpoint could not be saved as complete after the object was made and the parts were gone. */
        @Test
        void goesOnFromTheObjectWhereThePartsAreGone() throws IOException {
            List<RejectedRecord> all = new ArrayList<>();
            long mark = 0;
            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, 0);
                for (int i = 0; i < 50; i++) {
                    all.add(record(i, 50_000));
                    rejects.write(all.get(i));
                    mark = i == 44 ? rejects.sync() : mark;
                }
                rejects.complete();
            }
            assertThat(keys()).containsExactly("out/rejects.csv");
            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, mark);
                for (RejectedRecord record : all.subList(45, 50)) {
                    rejects.write(record);
                }
                assertThat(rejects.sync()).isEqualTo(csv(all).length);
                rejects.complete();
            }
            assertThat(object()).isEqualTo(csv(all));
        }

        @Test
        void saysThatWhatTheRunHadRejectedIsGoneAndDeletesNothing() {
            String other = "out/rejects.csv.parts/notes.txt";
            String part = "out/rejects.csv.parts/0000000000000000000.part";
            for (String key : List.of(other, part)) {
                var unused = client.putObject(put -> put.bucket(bucket).key(key), RequestBody.fromString("x"));
            }
            assertThatThrownBy(() -> rejects().open(HEADER, 1_000))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("s3://" + bucket
                            + "/out/rejects.csv: neither the object nor its parts hold the" + " 1000 bytes")
                    .hasMessageContaining("start anew without the checkpoint");
            assertThat(keys()).containsExactlyInAnyOrder(other, part);
        }

        @Test
        void aNewRunTakesThePlaceOfAnEarlierOnesAndOfNothingElse() throws IOException {
            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, 0);
                rejects.write(record(1, 1));
            }
            assertThat(keys())
                    .as("the object, and the part that is not needed any more")
                    .isNotEmpty();
            try (S3RejectedRecords rejects = rejects()) {
                rejects.open(HEADER, 0);
            }
            assertThat(keys()).isEmpty();

            byte[] other = "id,cct\nplanted,1\n".getBytes(UTF_8);
            var unused =
                    client.putObject(put -> put.bucket(bucket).key("out/rejects.csv"), RequestBody.fromBytes(other));
            assertThatThrownBy(() -> rejects().open(HEADER, 0))
                    .hasMessageContaining("is there already and is no reject object; name another")
                    .hasMessageNotContaining("planted");
            assertThat(object()).isEqualTo(other);
        }

        @Test
        void aSecondRunThatWritesThereEndsInAnErrorAndChangesNothing() throws IOException {
            S3RejectedRecords late = rejects();
            late.open(HEADER, 0);
            late.write(record(1, 1));
            long mark = late.sync();
            S3RejectedRecords next = rejects();
            next.open(HEADER, mark);
            next.write(record(2, 1));
            long unused = next.sync();

            late.write(record(3, 1));
            assertThatThrownBy(late::sync)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another run writes its rejected records there");
            late.close();
            assertThatThrownBy(this::object).isInstanceOf(NoSuchKeyException.class);

            next.complete();
            next.close();
            assertThat(object()).isEqualTo(csv(List.of(record(1, 1), record(2, 1))));
        }

        @Test
        void doesNotTakeThePlaceOfWhatCameThereMeanwhile() throws IOException {
            for (int bytes : new int[] {1, 300_000}) {
                S3RejectedRecords rejects = rejects();
                rejects.open(HEADER, 0);
                for (int i = 0; i < 40; i++) {
                    rejects.write(record(i, bytes));
                }
                byte[] other = ("line,byte_offset,stage,code,message\n" + bytes).getBytes(UTF_8);
                var unused = client.putObject(
                        put -> put.bucket(bucket).key("out/rejects.csv"), RequestBody.fromBytes(other));

                assertThatThrownBy(rejects::complete)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("another run has put its rejected records there meanwhile");
                // S3Mock 5.2.0 forgets an object when an upload to the same key is aborted.
                if (bytes == 1 || kind == Kind.S3PROXY) {
                    assertThat(object()).isEqualTo(other);
                }
                assertThat(client.listMultipartUploads(list -> list.bucket(bucket))
                                .uploads())
                        .isEmpty();
            }
        }
    }

    @Nested
    class InS3Mock extends InStore {
        InS3Mock() {
            super(Kind.S3MOCK);
        }
    }

    @Nested
    class InS3MockWithTheSdksDefaults extends InStore {
        InS3MockWithTheSdksDefaults() {
            super(Kind.S3MOCK);
        }

        @Override
        S3Client client(URI endpoint) {
            return PlantedCredentials.clientWithTheSdksDefaults(endpoint);
        }
    }

    @Nested
    class InS3Proxy extends InStore {
        InS3Proxy() {
            super(Kind.S3PROXY);
        }
    }
}
