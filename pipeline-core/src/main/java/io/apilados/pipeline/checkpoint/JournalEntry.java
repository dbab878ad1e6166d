// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.checkpoint.SettledBatch.Refusal;
import io.apilados.pipeline.source.ByteArray;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/**
 * An entry of a journal as it is written: how many bytes follow the head and their CRC-32, four bytes each; then the
 * entry's kind and what it says, numbers in eight bytes with the highest first, texts in UTF-8 behind their length.
 * {@link CheckpointJournal} reads it.
 *
 * <p>It has numbers of a fixed length and no digits, because one is written for each batch, and that is less code for the
 * JVM to compile. Confined to one thread at a time.
 */
final class JournalEntry extends ByteArray {

    /** The first one: the number of the checkpoint that the journal goes on from. */
    static final byte BEGINS = 'n';

    /** How large further batches are. */
    static final byte SIZE = 'p';

    /** A batch is settled. */
    static final byte SETTLED = 's';

    static final int HEAD = Long.BYTES;

    private static final VarHandle NUMBERS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int MOST_NUMBERS = 4;

    private final CRC32 crc = new CRC32();

    void begins(long number) {
        begin(BEGINS);
        put(number);
    }

    void size(PlannedSize size) {
        begin(SIZE);
        put(size.fromRecord());
        put(size.untilRecord());
        put(size.limit().records());
        put(size.limit().bytes());
    }

    void settled(SettledBatch batch) {
        begin(SETTLED);
        put(batch.firstRecord());
        put(batch.members());
        put(batch.delivered());
        List<Refusal> refusals = batch.refusals();
        for (int i = 0; i < refusals.size(); i++) {
            refused(refusals.get(i));
        }
    }

    private void refused(Refusal refusal) {
        number(refusal.byteOffset());
        text(refusal.code());
        text(refusal.message());
    }

    private void begin(byte kind) {
        truncate(0);
        reserve(HEAD + 1 + MOST_NUMBERS * Long.BYTES);
        bytes[HEAD] = kind;
        length = HEAD + 1;
    }

    /** There must be room. */
    private void put(long number) {
        NUMBERS.set(bytes, length, number);
        length += Long.BYTES;
    }

    private void number(long number) {
        reserve(Long.BYTES);
        put(number);
    }

    private void text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        number(utf8.length);
        write(utf8);
    }

    /** Writes it by one call. */
    void writeTo(OutputStream out) throws IOException {
        int content = length - HEAD;
        crc.reset();
        crc.update(bytes, HEAD, content);
        NUMBERS.set(bytes, 0, (long) content << Integer.SIZE | crc.getValue());
        out.write(bytes, 0, length);
    }
}
