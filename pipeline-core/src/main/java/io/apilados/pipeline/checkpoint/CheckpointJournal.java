// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What was noted since a checkpoint: see {@link JournalEntry} for its form.
 *
 * @param sizes how large further batches are
 * @param settled further batches that are settled
 */
record CheckpointJournal(List<PlannedSize> sizes, List<SettledBatch> settled) {

    private static final CheckpointJournal EMPTY = new CheckpointJournal(List.of(), List.of());

    /**
     * What the journal of checkpoint {@code number} holds, as far as it is whole; nothing if it belongs to another.
     *
     * @throws IOException also if a whole entry holds what none does
     */
    static CheckpointJournal read(Path file, long number) throws IOException {
        if (!Files.exists(file)) {
            return EMPTY;
        }
        ByteBuffer journal = ByteBuffer.wrap(Files.readAllBytes(file));
        ByteBuffer first = nextWhole(journal);
        try {
            if (first == null || first.get() != JournalEntry.BEGINS || first.getLong() != number) {
                return EMPTY;
            }
            CheckpointJournal read = new CheckpointJournal(new ArrayList<>(), new ArrayList<>());
            for (ByteBuffer entry = nextWhole(journal); entry != null; entry = nextWhole(journal)) {
                read.add(entry);
            }
            return read;
        } catch (BufferUnderflowException | IllegalArgumentException | ArithmeticException e) {
            throw new IOException(file + ": the journal holds an entry that this version of the library does not know;"
                    + " go on with the version that wrote it");
        }
    }

    /** The next entry without its head; null if there is none that is whole. */
    private static @Nullable ByteBuffer nextWhole(ByteBuffer journal) {
        if (journal.remaining() < JournalEntry.HEAD) {
            return null;
        }
        int length = journal.getInt();
        long checksum = Integer.toUnsignedLong(journal.getInt());
        if (length < 1 || length > journal.remaining()) {
            return null;
        }
        ByteBuffer entry = journal.slice(journal.position(), length);
        journal.position(journal.position() + length);
        CRC32 crc = new CRC32();
        crc.update(entry.duplicate());
        return crc.getValue() == checksum ? entry : null;
    }

    private void add(ByteBuffer entry) {
        byte kind = entry.get();
        if (kind == JournalEntry.SIZE) {
            long from = entry.getLong();
            long until = entry.getLong();
            int records = Math.toIntExact(entry.getLong());
            sizes.add(new PlannedSize(from, until, new BatchLimit(records, entry.getLong())));
        } else if (kind == JournalEntry.SETTLED) {
            long first = entry.getLong();
            long members = entry.getLong();
            int delivered = Math.toIntExact(entry.getLong());
            List<Refusal> refusals = new ArrayList<>();
            while (entry.hasRemaining()) {
                refusals.add(new Refusal(entry.getLong(), text(entry), text(entry)));
            }
            settled.add(new SettledBatch(first, members, delivered, refusals));
        } else {
            throw new IllegalArgumentException("kind " + kind);
        }
    }

    private static String text(ByteBuffer entry) {
        long length = entry.getLong();
        if (length < 0 || length > entry.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] utf8 = new byte[(int) length];
        entry.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    Checkpoint applyTo(Checkpoint saved) {
        return saved.with(sizes, settled);
    }
}
