// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written by hand is what Jackson reads, whatever the strings and numbers are. */
class CheckpointJsonTest {

    private static final String ALPHABET = "abc ñ€中\"\\/\n\r\t\b\f\u0000\u0001\u001f\u007f\u0085\u2028\ufeff[],{}";

    private static final SettledBatch LIMITS = new SettledBatch(
            Long.MAX_VALUE, Long.MIN_VALUE, Integer.MAX_VALUE, List.of(new Refusal(Long.MIN_VALUE, "", "\u0000")));

    @TempDir
    Path folder;

    private final SplittableRandom random = new SplittableRandom(7);

    private String text() {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(20) == 0 ? random.nextInt(3_000) : random.nextInt(20);
        for (int i = 0; i < length; i++) {
            text.append(
                    random.nextInt(30) == 0
                            ? "😀"
                            : String.valueOf(ALPHABET.charAt(random.nextInt(ALPHABET.length()))));
        }
        return text.toString();
    }

    private long number() {
        return random.nextLong() >>> (1 + random.nextInt(63));
    }

    private <T> List<T> some(Supplier<T> one) {
        return Stream.generate(one).limit(random.nextInt(4)).toList();
    }

    private PlannedSize size() {
        return new PlannedSize(
                number(),
                number(),
                new BatchLimit(
                        1 + random.nextInt(Integer.MAX_VALUE - 1),
                        random.nextBoolean() ? Long.MAX_VALUE : 1 + number() / 2));
    }

    private SettledBatch batch() {
        return new SettledBatch(
                number(), random.nextLong(), random.nextInt(), some(() -> new Refusal(number(), text(), text())));
    }

    private Checkpoint checkpoint() {
        return new Checkpoint(
                text(),
                new SourcePosition(number(), Math.max(1, number()), Math.max(1, number())),
                random.nextBoolean(),
                new Counters(number(), number(), number(), number(), number(), number(), number(), number()),
                number(),
                some(() -> new RejectReason(text(), text(), text(), number(), some(this::number))),
                some(this::size),
                some(this::batch));
    }

    private static String written(JsonBuffer out) {
        return new String(out.copy(0, out.length()), StandardCharsets.UTF_8);
    }

    @Test
    void everyCheckpointIsReadAsItWasWritten() throws IOException {
        for (int i = 0; i < 2_000; i++) {
            Checkpoint checkpoint = checkpoint();
            JsonBuffer out = new JsonBuffer();
            CheckpointJson.write(checkpoint, out);
            assertThat(CheckpointReader.readCheckpoint(written(out))).isEqualTo(checkpoint);
            assertThat(written(out)).doesNotContain("\n");
            assertThat(Checkpoint.fromBytes(checkpoint.toBytes(), "x")).isEqualTo(checkpoint);
        }
    }

    @Test
    void whatWasNotedSinceComesAfterWhatWasSaved() {
        Checkpoint saved = checkpoint();
        List<PlannedSize> sizes = List.of(size(), size());
        List<SettledBatch> settled = List.of(batch());

        Checkpoint with = saved.with(sizes, settled);

        assertThat(with.sizes())
                .startsWith(saved.sizes().toArray(PlannedSize[]::new))
                .endsWith(sizes.get(1));
        assertThat(with.settled()).hasSize(saved.settled().size() + 1).endsWith(settled.get(0));
        assertThat(with.position()).isEqualTo(saved.position());
        assertThat(with.with(List.of(), List.of())).isEqualTo(with);
    }

    @Test
    void saysWhatCannotBeReadAndShowsNothingOfIt() {
        for (String broken : List.of("", "{}", "planted", "[\"planted\",[1,2]")) {
            assertThatThrownBy(() -> Checkpoint.fromBytes(broken.getBytes(StandardCharsets.UTF_8), "s3://b/k"))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("s3://b/k: the checkpoint cannot be read (")
                    .hasMessageContaining("delete it to begin anew")
                    .hasMessageNotContaining("planted");
        }
    }

    @Test
    void numbersAtTheirLimitsSurvive() throws IOException {
        Checkpoint of = Checkpoint.start("f", SourcePosition.START);
        Checkpoint checkpoint = of.with(
                List.of(new PlannedSize(0, Long.MAX_VALUE, new BatchLimit(Integer.MAX_VALUE, Long.MAX_VALUE))),
                List.of(LIMITS));
        JsonBuffer out = new JsonBuffer();
        CheckpointJson.write(checkpoint, out);
        assertThat(CheckpointReader.readCheckpoint(written(out))).isEqualTo(checkpoint);
    }

    @Test
    void whatIsCutOffIsRefused() {
        JsonBuffer out = new JsonBuffer();
        CheckpointJson.write(checkpoint(), out);
        String whole = written(out);
        for (int length = 0; length < whole.length(); length += 1 + whole.length() / 100) {
            String cut = whole.substring(0, length);
            assertThatThrownBy(() -> CheckpointReader.readCheckpoint(cut)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void everyEntryThatTheLeaseNotesIsReadAsItWasNoted() throws IOException {
        CheckpointStore store = CheckpointStore.directory(folder);
        List<PlannedSize> sizes = new ArrayList<>();
        List<SettledBatch> settled = new ArrayList<>(List.of(LIMITS));
        Checkpoint saved = checkpoint();
        try (CheckpointLease lease = store.acquire("x")) {
            lease.save(Checkpoint.start("before", SourcePosition.START));
            lease.settled(batch());
            lease.save(saved);
            lease.settled(LIMITS);
            for (int i = 0; i < 2_000; i++) {
                // Some entries are longer than whatever was written before.
                if (random.nextInt(4) == 0) {
                    sizes.add(size());
                    lease.plan(sizes.get(sizes.size() - 1));
                } else {
                    settled.add(batch());
                    lease.settled(settled.get(settled.size() - 1));
                }
            }
        }

        Checkpoint loaded;
        try (CheckpointLease lease = store.acquire("x")) {
            loaded = lease.load().orElseThrow();
        }
        assertThat(loaded.sizes())
                .hasSize(saved.sizes().size() + sizes.size())
                .endsWith(sizes.toArray(PlannedSize[]::new));
        assertThat(loaded.settled())
                .hasSize(saved.settled().size() + settled.size())
                .endsWith(settled.toArray(SettledBatch[]::new));
        assertThat(loaded.rejectReasons()).isEqualTo(saved.rejectReasons());
        assertThat(loaded.counters()).isEqualTo(saved.counters());
    }

    @Test
    void anEntryThatNoVersionWritesIsToldAndNotGuessedAt() throws IOException {
        Path journal = folder.resolve("x.journal");
        for (String kindAndContent :
                List.of("", "p", "p1234567", "s12345678", "?", "s" + "1".repeat(24) + "2".repeat(16))) {
            try (JournalFile file = new JournalFile(journal)) {
                JournalEntry entry = new JournalEntry();
                entry.begins(7);
                file.write(entry);
                entry.truncate(JournalEntry.HEAD);
                entry.write(kindAndContent.getBytes(StandardCharsets.US_ASCII));
                file.write(entry);
            }
            if (kindAndContent.isEmpty()) {
                assertThat(CheckpointJournal.read(journal, 7).settled()).isEmpty();
            } else {
                assertThatThrownBy(() -> CheckpointJournal.read(journal, 7))
                        .isInstanceOf(IOException.class)
                        .hasMessageStartingWith(journal + ": the journal holds an entry that")
                        .hasMessageContaining("go on with the version that wrote it");
            }
            assertThat(CheckpointJournal.read(journal, 8).settled()).isEmpty();
        }
    }

    @Test
    void anEntryOfExactlyTheBuffersSizeIsWhole() throws IOException {
        CheckpointStore store = CheckpointStore.directory(folder);
        List<SettledBatch> settled = new ArrayList<>();
        try (CheckpointLease lease = store.acquire("x")) {
            lease.save(Checkpoint.start("f", SourcePosition.START));
            // The buffer has 512 bytes at first.
            for (int length = 400; length < 512; length++) {
                settled.add(new SettledBatch(1, 2, 3, List.of(new Refusal(4, "code", "m".repeat(length)))));
            }
            for (SettledBatch batch : settled) {
                lease.settled(batch);
            }
        }
        try (CheckpointLease lease = store.acquire("x")) {
            assertThat(lease.load().orElseThrow().settled()).isEqualTo(settled);
        }
    }
}
