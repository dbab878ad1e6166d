// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was noted since a checkpoint: lines, each with a checksum before it.
 *
 * @param sizes how large further batches are
 * @param settled further batches that are settled
 */
record CheckpointJournal(List<PlannedSize> sizes, List<SettledBatch> settled) {

    static final char BEGINS = 'n';
    static final char SIZE = 'p';
    static final char SETTLED = 's';

    private static final CheckpointJournal EMPTY = new CheckpointJournal(List.of(), List.of());

    /** What the journal of checkpoint {@code number} holds, as far as it is whole; nothing if it belongs to another. */
    static CheckpointJournal read(Path file, long number) throws IOException {
        if (!Files.exists(file)) {
            return EMPTY;
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        CheckpointJournal journal = new CheckpointJournal(new ArrayList<>(), new ArrayList<>());
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            byte[] bytes = text.substring(start, end).getBytes(StandardCharsets.ISO_8859_1);
            String line = new String(bytes, StandardCharsets.UTF_8);
            int space = line.indexOf(' ');
            String entry = line.substring(space + 1);
            boolean whole = space > 0 && line.substring(0, space).equals(FileCheckpointLease.checksum(entry));
            if (!whole) {
                return journal;
            }
            if (start == 0 && !entry.equals(BEGINS + Long.toString(number))) {
                return EMPTY;
            }
            journal.add(entry);
            start = end + 1;
        }
        return journal;
    }

    private void add(String entry) throws IOException {
        String value = entry.substring(1);
        if (entry.charAt(0) == SIZE) {
            sizes.add(CheckpointReader.readSize(value));
        } else if (entry.charAt(0) == SETTLED) {
            settled.add(CheckpointReader.readBatch(value));
        }
    }

    Checkpoint applyTo(Checkpoint saved) {
        return saved.with(sizes, settled);
    }
}
