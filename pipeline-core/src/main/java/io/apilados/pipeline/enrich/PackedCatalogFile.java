// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The saved form of a catalog. Little-endian throughout:
 *
 * <pre>
 * offset  bytes  what
 *      0      8  89 'C' 'C' 'T' 0D 0A 1A 0A: no text begins so, and a transfer as text changes it
 *      8      4  version, 1
 *     12      4  k, how many keys of the usual form
 *     16      4  o, how many other keys
 *     20      4  b, how many bytes these take
 *     24    8 k  the packed keys, in the order of the table
 *   + 8 k   4 k  their ids, in the same order
 *   + 4 k     b  for each other key, in the order of its characters: 4 bytes its id, 4 bytes how many UTF-16 units
 *                follow, and these, 2 bytes each
 *   + b       4  CRC-32C of all bytes before
 * </pre>
 *
 * <p>Why entries in the table's order and not the table as it stands: it is a fifth smaller, does not tie the file to how
 * full the table is, and can be laid down from first to last as it comes. No file can make a bad table that way: one
 * comparison with the entry before tells that no key stands twice, and free slots come of themselves.
 *
 * <p>What is read is held in small parts and the table made when the checksum has proved right, so a file that lies about
 * its counts costs no more memory than it has bytes.
 */
final class PackedCatalogFile {

    /** How many bytes tell a saved catalog from anything else. */
    static final int MAGIC_BYTES = 8;

    private static final long MAGIC = 0x0a1a0a0d54434389L;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 24;
    private static final int OTHER_HEAD_BYTES = 2 * Integer.BYTES;
    private static final int MAX_OTHER_BYTES = Integer.MAX_VALUE - 64;
    private static final int PART = 1 << 12;

    private static final String ANEW = "save it anew from the CSV";

    private final String location;
    private final InputStream in;
    private final CRC32C checksum = new CRC32C();
    private long offset;

    private PackedCatalogFile(String location, InputStream in) {
        this.location = location;
        this.in = in;
    }

    static boolean isMagic(byte[] start) {
        return start.length == MAGIC_BYTES && littleEndian(start).getLong() == MAGIC;
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static CCTsCatalog read(String location, InputStream in) throws IOException {
        return new PackedCatalogFile(location, in).read();
    }

    private CCTsCatalog read() throws IOException {
        byte[] magic = in.readNBytes(MAGIC_BYTES);
        if (!isMagic(magic)) {
            throw new IOException(location + ": is no saved catalog, its first bytes are others; name a file that"
                    + " CCTsCatalog.saveTo wrote, or load a CSV with CCTsCatalog.load");
        }
        passed(magic, MAGIC_BYTES, MAGIC_BYTES);
        int version = littleEndian(bytes(Integer.BYTES)).getInt();
        if (version != VERSION) {
            throw bad(MAGIC_BYTES, "the version was " + version + " but this release reads " + VERSION);
        }
        ByteBuffer counts = littleEndian(bytes(HEADER_BYTES - MAGIC_BYTES - Integer.BYTES));
        int keys = counts.getInt();
        int others = counts.getInt();
        int otherBytes = counts.getInt();
        if (keys < 0 || keys > PackedTable.MOST_KEYS || others < 0 || otherBytes < 0 || keys + others < 0) {
            throw bad(
                    MAGIC_BYTES + Integer.BYTES,
                    "the counts were " + keys + ", " + others + " and " + otherBytes
                            + " but they must be 0 or more, the first at most " + PackedTable.MOST_KEYS
                            + " and with the second at most 2147483647");
        }
        ByteBuffer buffer = littleEndian(new byte[Long.BYTES * PART]);
        Queue<long[]> packed = new ArrayDeque<>();
        for (int left = keys; left > 0; left -= PART) {
            long[] part = new long[Math.min(left, PART)];
            fill(buffer, Long.BYTES * part.length).asLongBuffer().get(part);
            packed.add(part);
        }
        Queue<int[]> ids = new ArrayDeque<>();
        for (int left = keys; left > 0; left -= PART) {
            int[] part = new int[Math.min(left, PART)];
            fill(buffer, Integer.BYTES * part.length).asIntBuffer().get(part);
            ids.add(part);
        }
        byte[] rest = bytes(otherBytes);
        int sum = (int) checksum.getValue();
        if (littleEndian(bytes(Integer.BYTES)).getInt() != sum) {
            throw bad(offset - Integer.BYTES, "the checksum is not that of the bytes before, so some of them changed");
        }
        if (in.read() >= 0) {
            throw bad(offset, "the file goes on where it must end");
        }
        PackedTable table = table(keys, packed, ids);
        return new CCTsCatalog(table, others(others, rest), keys + others);
    }

    /** The next bytes, as many as are said, in memory that grows as they come. */
    private byte[] bytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        passed(bytes, bytes.length, count);
        return bytes;
    }

    /** The buffer, the next bytes at its start. */
    private ByteBuffer fill(ByteBuffer buffer, int count) throws IOException {
        passed(buffer.array(), in.readNBytes(buffer.array(), 0, count), count);
        return buffer;
    }

    private void passed(byte[] bytes, int read, int wanted) throws IOException {
        if (read < wanted) {
            throw bad(offset + read, "the file ends before all of what its header tells of");
        }
        checksum.update(bytes, 0, read);
        offset += read;
    }

    private IOException bad(long at, String what) {
        return new IOException(location + " byte " + at + ": " + what + "; " + ANEW);
    }

    /** Lays down the entries; lets go of each part when that is done. */
    private PackedTable table(int count, Queue<long[]> packed, Queue<int[]> ids) throws IOException {
        PackedTable table = new PackedTable(count);
        int before = 0;
        for (long[] keys = packed.poll(); keys != null; keys = packed.poll()) {
            int appended = table.append(keys, ids.remove());
            if (appended < keys.length) {
                throw bad(
                        HEADER_BYTES + (long) Long.BYTES * (before + appended),
                        "key " + (before + appended) + " of " + count + " (counted from 0) is not ten characters of"
                                + " 0-9A-Z packed, does not come after the one before, or has an id below 0");
            }
            before += appended;
        }
        return table;
    }

    private Map<String, Integer> others(int count, byte[] bytes) throws IOException {
        Map<String, Integer> others = new HashMap<>();
        ByteBuffer buffer = littleEndian(bytes);
        long start = offset - Integer.BYTES - bytes.length;
        for (int i = 0; i < count; i++) {
            long at = start + buffer.position();
            int id = buffer.remaining() < OTHER_HEAD_BYTES ? -1 : buffer.getInt();
            int units = id < 0 ? -1 : buffer.getInt();
            if (units < 0 || units > buffer.remaining() / Character.BYTES) {
                throw bad(at, "expected an id of 0 or more, and a length within the " + bytes.length + " bytes");
            }
            char[] text = new char[units];
            buffer.asCharBuffer().get(text);
            buffer.position(buffer.position() + Character.BYTES * units);
            String key = new String(text);
            if (!isOther(key) || others.putIfAbsent(key, id) != null) {
                throw bad(at, "expected a key that has no blanks around it, is not of the usual form and stands once");
            }
        }
        if (buffer.hasRemaining()) {
            throw bad(start + buffer.position(), "expected " + count + " other keys, but there are bytes after them");
        }
        return others;
    }

    /** Whether a key is as the builder leaves it, so that lookups find it. */
    private static boolean isOther(String key) {
        int length = key.length();
        return length > 0
                && Blanks.start(key) == 0
                && Blanks.end(key, 0) == length
                && PackedKey.pack(key, 0, length) == PackedKey.NONE;
    }

    static void replace(Path file, CCTsCatalog catalog) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                write(Channels.newOutputStream(channel), catalog);
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(file + ": this file system cannot rename at once; save to another", e);
        } catch (IOException e) {
            throw new IOException(
                    file + ": the catalog could not be saved (" + e
                            + "); see that its folder is there, may be written to and has room",
                    e);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    static void write(OutputStream out, CCTsCatalog catalog) throws IOException {
        Map<String, Integer> others = catalog.others();
        long otherBytes = 0;
        for (String key : others.keySet()) {
            otherBytes += OTHER_HEAD_BYTES + (long) Character.BYTES * key.length();
        }
        if (otherBytes > MAX_OTHER_BYTES) {
            throw new IOException("the keys that are not of the usual form take " + otherBytes + " bytes but a saved"
                    + " catalog holds " + MAX_OTHER_BYTES + "; keep this one as CSV");
        }
        CRC32C checksum = new CRC32C();
        ByteBuffer buffer = littleEndian(new byte[Long.BYTES * PART]);
        buffer.putLong(MAGIC)
                .putInt(VERSION)
                .putInt(catalog.size() - others.size())
                .putInt(others.size())
                .putInt((int) otherBytes);
        PackedTable table = catalog.table();
        for (int slot = 0; slot < table.slots(); slot++) {
            if (table.hashAt(slot) != PackedTable.FREE) {
                room(Long.BYTES, buffer, out, checksum).putLong(PackedTable.key(table.hashAt(slot)));
            }
        }
        for (int slot = 0; slot < table.slots(); slot++) {
            if (table.hashAt(slot) != PackedTable.FREE) {
                room(Integer.BYTES, buffer, out, checksum).putInt(table.idAt(slot));
            }
        }
        writeOut(buffer, out, checksum);
        for (Map.Entry<String, Integer> entry : new TreeMap<>(others).entrySet()) {
            String key = entry.getKey();
            byte[] bytes = new byte[OTHER_HEAD_BYTES + Character.BYTES * key.length()];
            ByteBuffer other = littleEndian(bytes).putInt(entry.getValue()).putInt(key.length());
            other.asCharBuffer().put(key);
            checksum.update(bytes, 0, bytes.length);
            out.write(bytes);
        }
        byte[] sum = littleEndian(new byte[Integer.BYTES])
                .putInt((int) checksum.getValue())
                .array();
        out.write(sum);
        out.flush();
    }

    /** The buffer, with room for so many bytes; what is in it is written out if that has to be. */
    private static ByteBuffer room(int bytes, ByteBuffer buffer, OutputStream out, CRC32C checksum) throws IOException {
        if (buffer.remaining() < bytes) {
            writeOut(buffer, out, checksum);
        }
        return buffer;
    }

    private static void writeOut(ByteBuffer buffer, OutputStream out, CRC32C checksum) throws IOException {
        checksum.update(buffer.array(), 0, buffer.position());
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
    }
}
