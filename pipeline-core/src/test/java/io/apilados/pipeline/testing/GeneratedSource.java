// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A CSV file of any size that is made as it is read: the columns {@code id} and {@code text}, every row 64 bytes long.
 * Counts the bytes that are read from it.
 */
public final class GeneratedSource implements ByteSource {

    /** How long a row is: {@value} bytes, its line end included. The header is as long. */
    public static final int ROW_BYTES = 64;

    private static final int ID_DIGITS = 12;

    private final long rows;
    private final AtomicLong bytesRead = new AtomicLong();

    /** A file of so many rows and a header. */
    public GeneratedSource(long rows) {
        this.rows = rows;
    }

    /** How many bytes it has. */
    public long sizeBytes() {
        return (rows + 1) * ROW_BYTES;
    }

    /** How many bytes have been read from it in all. */
    public long bytesRead() {
        return bytesRead.get();
    }

    @Override
    public String location() {
        return "generated rows";
    }

    @Override
    public SourceVersion version() {
        return new SourceVersion(location(), sizeBytes(), "rows:" + rows, true);
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset) {
        return new Rows(byteOffset);
    }

    private final class Rows extends InputStream {
        private final byte[] row = new byte[ROW_BYTES];
        private long offset;

        Rows(long offset) {
            this.offset = offset;
            Arrays.fill(row, (byte) 'x');
            row[ID_DIGITS] = ',';
            row[ROW_BYTES - 1] = '\n';
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int from, int length) {
            if (offset >= sizeBytes()) {
                return -1;
            }
            int done = 0;
            while (done < length && offset < sizeBytes()) {
                int within = (int) (offset % ROW_BYTES);
                number(offset / ROW_BYTES);
                int n = Math.min(length - done, ROW_BYTES - within);
                System.arraycopy(row, within, target, from + done, n);
                done += n;
                offset += n;
            }
            bytesRead.addAndGet(done);
            return done;
        }

        /** The header's names are as long as an id, and the first row has number 1. */
        private void number(long row0) {
            if (row0 == 0) {
                byte[] id = "id          ".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
                System.arraycopy(id, 0, row, 0, ID_DIGITS);
                return;
            }
            long rest = row0;
            for (int i = ID_DIGITS - 1; i >= 0; i--) {
                row[i] = (byte) ('0' + rest % 10);
                rest /= 10;
            }
        }
    }
}
