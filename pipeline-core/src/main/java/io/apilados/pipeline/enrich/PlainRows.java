// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes the rows at the start of a catalog that leave a CSV parser nothing to decide, at a fraction of its cost, because
 * they are found, checked and packed in one pass: after the header {@code id,clave}, up to nine digits, a comma, and
 * ASCII without blanks, quotes and commas. The first row that is anything else, and all after it, are left to the parser.
 *
 * <p>Confined to one thread.
 */
final class PlainRows {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAX_DIGITS = 9;

    /** A key of the usual form is packed before it is known to end within the bytes that were read. */
    private static final int BEYOND = 16;

    private static final byte[] HEADER = "id,clave\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEADER_CRLF = "id,clave\r\n".getBytes(StandardCharsets.US_ASCII);

    /** No more keys than these are expected: a file whose first rows are keys may go on with anything. */
    private static final int MOST_EXPECTED = 1 << 22;

    /**
     * The rest has fewer rows than its beginning lets expect, where ids get longer: by a tenth among 600,000 that are counted
     * from 1. In between, so that the table is not much too large there, nor too small where they do not.
     */
    private static final double AS_DENSE = 0.92;

    private final InputStream in;

    /** How long the source is; {@link SourceVersion#UNKNOWN_SIZE} if it does not tell, or cannot be read again. */
    private final long sizeBytes;

    private final CCTsCatalog.Builder catalog;
    private final LineNumbers lines;
    private final byte[] bytes = new byte[BUFFER_BYTES + BEYOND];
    private int start;
    private int limit;
    /** Where the last line ends that was read as a whole. */
    private int whole;

    private long line = 2;

    private PlainRows(InputStream in, long sizeBytes, CCTsCatalog.Builder catalog, LineNumbers lines) {
        this.in = in;
        this.sizeBytes = sizeBytes;
        this.catalog = catalog;
        this.lines = lines;
    }

    /**
     * Takes what it can.
     *
     * @param lines gets the line of each row that is taken
     * @return the header and the rows that are left
     */
    static PeekedSource take(ByteSource source, CCTsCatalog.Builder catalog, LineNumbers lines) throws IOException {
        SourceVersion version = source.version();
        InputStream in = source.open(version, 0);
        try {
            long sizeBytes = version.seekable() ? version.sizeBytes() : SourceVersion.UNKNOWN_SIZE;
            PlainRows rows = new PlainRows(in, sizeBytes, catalog, lines);
            return new PeekedSource(source, version, rows.takeAll(), in);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** Returns the header, and what was read but not taken. */
    private byte[] takeAll() throws IOException {
        fill();
        int header = headerBytes();
        byte[] left = Arrays.copyOf(bytes, header);
        start = header;
        if (header > 0) {
            takeWhole();
            int taken = start;
            if (start >= whole && fill()) {
                expectAsManyAs(taken);
                do {
                    takeWhole();
                } while (start >= whole && fill());
            }
        }
        byte[] all = Arrays.copyOf(left, header + limit - start);
        System.arraycopy(bytes, start, all, header, limit - start);
        return all;
    }

    /** The rest of the source is about as dense as so many bytes at its beginning. */
    private void expectAsManyAs(int bytesTaken) {
        double keys = AS_DENSE * sizeBytes * catalog.usual() / bytesTaken;
        if (keys > catalog.usual() && keys < MOST_EXPECTED) {
            catalog.expect((int) keys);
        }
    }

    /** Takes the rows that were read as a whole, up to the first that is not plain. */
    private void takeWhole() {
        while (start < whole && takeRow()) {
            line++;
        }
    }

    private int headerBytes() {
        for (byte[] header : new byte[][] {HEADER, HEADER_CRLF}) {
            if (Arrays.equals(bytes, 0, header.length, header, 0, header.length)) {
                return header.length;
            }
        }
        return 0;
    }

    /** Reads on; false if no further line is there as a whole. */
    private boolean fill() throws IOException {
        System.arraycopy(bytes, start, bytes, 0, limit - start);
        limit -= start;
        start = 0;
        int read = in.readNBytes(bytes, limit, BUFFER_BYTES - limit);
        limit += read;
        whole = limit;
        while (whole > 0 && bytes[whole - 1] != '\n') {
            whole--;
        }
        return read > 0 && whole > 0;
    }

    /** Takes the row at the start; false, and nothing is done, if it is not plain. The line end to come stops each loop. */
    private boolean takeRow() {
        byte[] b = bytes;
        int p = start;
        int id = 0;
        while (b[p] >= '0' && b[p] <= '9') {
            id = 10 * id + b[p++] - '0';
        }
        if (p == start || p - start > MAX_DIGITS || b[p] != ',') {
            return false;
        }
        int key = p + 1;
        int end = key + PackedKey.LENGTH;
        long packed = PackedKey.pack(b, key, end);
        if (packed == PackedKey.NONE || b[end] > ' ') {
            end = key;
            while (b[end] > ' ' && b[end] != '"' && b[end] != ',') {
                end++;
            }
            packed = PackedKey.NONE;
        }
        int next = b[end] == '\r' ? end + 2 : end + 1;
        if (end == key || b[next - 1] != '\n') {
            return false;
        }
        lines.add(line);
        if (packed != PackedKey.NONE) {
            catalog.add(packed, id);
        } else {
            catalog.put(b, key, end, id);
        }
        start = next;
        return true;
    }
}
