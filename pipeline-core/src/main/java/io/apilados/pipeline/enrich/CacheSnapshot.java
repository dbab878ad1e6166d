// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.slf4j.LoggerFactory;

/**
 * The answers of an on-demand cache in a file: eight bytes {@code CCTSTIER}, a version, how many packed keys and how many
 * others, then each key with its id and the second since the epoch in which it was loaded, and at last the CRC-32C of
 * all before. Whole numbers are big-endian; ages are kept by the wall clock, because the other one starts anew with each
 * process.
 */
final class CacheSnapshot {

    private static final byte[] MAGIC = "CCTSTIER".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;

    private final Freshness freshness;

    CacheSnapshot(Freshness freshness) {
        this.freshness = freshness;
    }

    void save(Map<Object, Answer> answers, Path file) throws IOException {
        byte[] content = encode(answers);
        CRC32C checksum = new CRC32C();
        checksum.update(content);
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        Path temporary = Files.createTempFile(directory, file.getFileName() + ".", ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer all = ByteBuffer.allocate(content.length + Integer.BYTES)
                        .put(content)
                        .putInt((int) checksum.getValue())
                        .flip();
                while (all.hasRemaining()) {
                    channel.write(all);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private byte[] encode(Map<Object, Answer> answers) throws IOException {
        int packed =
                (int) answers.keySet().stream().filter(Long.class::isInstance).count();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(32 + 20 * answers.size());
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(MAGIC);
        out.writeInt(VERSION);
        out.writeInt(packed);
        out.writeInt(answers.size() - packed);
        long epochOfOrigin = epochSecond() - freshness.now();
        for (Map.Entry<Object, Answer> entry : answers.entrySet()) {
            if (entry.getKey() instanceof Long key) {
                out.writeLong(key);
                writeAnswer(out, entry.getValue(), epochOfOrigin);
            }
        }
        for (Map.Entry<Object, Answer> entry : answers.entrySet()) {
            if (entry.getKey() instanceof String key) {
                out.writeUTF(key);
                writeAnswer(out, entry.getValue(), epochOfOrigin);
            }
        }
        return bytes.toByteArray();
    }

    private static void writeAnswer(DataOutputStream out, Answer answer, long epochOfOrigin) throws IOException {
        out.writeInt(answer.id);
        out.writeLong(epochOfOrigin + answer.loadedAt);
    }

    /** What a file holds and has not expired; nothing, with a warning, if it is damaged or something else. */
    Map<Object, Answer> load(Path file) {
        try {
            return decode(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            LoggerFactory.getLogger(CacheSnapshot.class)
                    .info("no snapshot of the catalog's cache at {}; it starts empty", file);
        } catch (IOException e) {
            LoggerFactory.getLogger(CacheSnapshot.class)
                    .warn("the snapshot {} cannot be used ({}); the cache starts empty", file, e.getMessage());
        }
        return Map.of();
    }

    private Map<Object, Answer> decode(byte[] content) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        byte[] magic = new byte[MAGIC.length];
        int header = MAGIC.length + 3 * Integer.BYTES;
        if (content.length < header + Integer.BYTES) {
            throw new IOException("it has " + content.length + " bytes, too few to be one");
        }
        buffer.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new IOException("it is no snapshot of this cache");
        }
        int version = buffer.getInt();
        if (version != VERSION) {
            throw new IOException("it has version " + version + " but only " + VERSION + " is understood");
        }
        int end = content.length - Integer.BYTES;
        CRC32C checksum = new CRC32C();
        checksum.update(content, 0, end);
        if ((int) checksum.getValue() != buffer.getInt(end)) {
            throw new IOException("its checksum is wrong: it is damaged");
        }
        int packed = buffer.getInt();
        int others = buffer.getInt();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(content, header, end - header));
        Map<Object, Answer> answers = new HashMap<>();
        for (int i = 0; i < packed; i++) {
            readAnswer(in, in.readLong(), answers);
        }
        for (int i = 0; i < others; i++) {
            readAnswer(in, in.readUTF(), answers);
        }
        return answers;
    }

    private void readAnswer(DataInputStream in, Object key, Map<Object, Answer> answers) throws IOException {
        int id = in.readInt();
        long age = Math.max(0, epochSecond() - in.readLong());
        int now = freshness.now();
        Answer answer = new Answer(id, (int) Math.max(Integer.MIN_VALUE / 2, now - age));
        if (!freshness.isExpired(answer, now)) {
            answers.put(key, answer);
        }
    }

    private long epochSecond() {
        return TimeUnit.MILLISECONDS.toSeconds(freshness.scheduler.epochMillis());
    }
}
