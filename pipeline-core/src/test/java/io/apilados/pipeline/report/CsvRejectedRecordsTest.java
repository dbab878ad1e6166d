// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvRejectedRecordsTest {

    @TempDir
    Path folder;

    private static final byte[] HEADER = "id,nombre".getBytes(StandardCharsets.UTF_8);

    private static RejectedRecord record(int line) {
        byte[] raw = (line + ",\"a, b\"").getBytes(StandardCharsets.UTF_8);
        return new RejectedRecord(new SourcePosition(10L * line, line, line), "parse", "code", "it, is \"bad\"", raw);
    }

    private Path file() {
        return folder.resolve("rejects.csv");
    }

    @Test
    void isMadeWithTheFirstRecordAndNotBefore() throws IOException {
        try (RejectedRecords rejects = RejectedRecords.csv(file())) {
            rejects.open(HEADER, 0);
            assertThat(rejects.sync()).isZero();
            assertThat(file()).doesNotExist();
            rejects.write(record(7));
        }
        assertThat(file()).hasContent("""
                        line,byte_offset,stage,code,message,id,nombre
                        7,70,parse,code,"it, is ""bad""\",7,"a, b"
                        """);
    }

    @Test
    void aFileThatAnotherRunWroteMeanwhileIsNotGoneOnIn() throws IOException {
        long mark;
        try (RejectedRecords rejects = RejectedRecords.csv(file())) {
            rejects.open(HEADER, 0);
            rejects.write(record(1));
            mark = rejects.sync();
        }
        for (String header : new String[] {"id,nombre", "id,nombres", "id"}) {
            try (RejectedRecords others = RejectedRecords.csv(file())) {
                others.open(header.getBytes(StandardCharsets.UTF_8), 0);
                others.write(record(1_000));
                others.write(record(2_000));
            }
            byte[] theirs = Files.readAllBytes(file());
            assertThatThrownBy(() -> RejectedRecords.csv(file()).open(HEADER, mark))
                    .as(header)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another run has written it since")
                    .hasMessageContaining("reject file of its own");
            assertThat(file()).binaryContent().isEqualTo(theirs);
        }
    }

    @Test
    void aThreadThatIsInterruptedWritesAllTheSame() throws IOException {
        Thread.currentThread().interrupt();
        try (RejectedRecords rejects = RejectedRecords.csv(file())) {
            rejects.open(HEADER, 0);
            for (int i = 1; i <= 5_000; i++) {
                rejects.write(record(i));
            }
            assertThat(rejects.sync()).isEqualTo(file().toFile().length());
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(Files.readAllLines(file())).hasSize(5_001);
    }

    @Test
    void goesOnAtTheMarkAndDiscardsWhatCameAfterIt() throws IOException {
        long mark;
        try (RejectedRecords rejects = RejectedRecords.csv(file())) {
            rejects.open(HEADER, 0);
            rejects.write(record(1));
            mark = rejects.sync();
            rejects.write(record(2));
        }
        try (RejectedRecords rejects = RejectedRecords.csv(file())) {
            rejects.open(HEADER, mark);
            rejects.write(record(3));
            assertThat(rejects.sync()).isEqualTo(Files.size(file()));
        }
        assertThat(Files.readAllLines(file())).hasSize(3).element(2).asString().startsWith("3,30,");
    }

    @Test
    void aMarkThatTheFileDoesNotReachIsTold() throws IOException {
        Files.writeString(file(), "short");
        try (RejectedRecords rejects = RejectedRecords.csv(file())) {
            assertThatThrownBy(() -> rejects.open(HEADER, 100)).hasMessageContaining("is shorter than 100 bytes");
        }
    }

    @Test
    void aNewRunReplacesARejectFileAndNoOtherFile() throws IOException {
        Files.writeString(file(), "line,byte_offset,stage,code,message,x\n1,1,a,b,c,d\n");
        try (RejectedRecords rejects = RejectedRecords.csv(file())) {
            rejects.open(HEADER, 0);
        }
        assertThat(file()).doesNotExist();

        Files.writeString(file(), "id,nombre\n1,Ana\n");
        try (RejectedRecords rejects = RejectedRecords.csv(file())) {
            assertThatThrownBy(() -> rejects.open(HEADER, 0)).hasMessageContaining("is no reject file");
        }
        assertThat(file()).hasContent("id,nombre\n1,Ana\n");
    }

    @Test
    void aFolderOrNoFolderIsTold() {
        assertThatThrownBy(() -> RejectedRecords.csv(folder).open(HEADER, 0)).hasMessageContaining("is a directory");
        assertThatThrownBy(() ->
                        RejectedRecords.csv(folder.resolve("none/rejects.csv")).open(HEADER, 0))
                .hasMessageContaining("its folder does not exist");
    }
}
