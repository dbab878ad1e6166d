// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates gzip, one member after another, to the last byte of what is compressed. The JDK's stream takes whatever goes
 * wrong behind a member for the end of the data, even a connection that breaks there; here it is an error, and only zero
 * bytes may stand behind the last member.
 *
 * <p>Confined to one thread.
 */
final class GzipStream extends FilterInputStream {

    private static final int BUFFER_BYTES = 64 << 10;
    private static final int DEFLATED = 8;
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;

    private final String location;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private int at;
    private int end;
    private boolean inMember;
    private boolean first = true;
    private boolean ended;
    private boolean closed;

    GzipStream(InputStream compressed, String location) {
        super(compressed);
        this.location = location;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, bytes.length);
        if (closed) {
            throw new IOException(location + ": the stream is closed; open another");
        }
        if (length == 0) {
            return 0;
        }
        while (!ended) {
            if (!inMember && !beginMember()) {
                ended = true;
                break;
            }
            int n = inflate(bytes, from, length);
            if (n > 0) {
                return n;
            }
        }
        return -1;
    }

    private int inflate(byte[] bytes, int from, int length) throws IOException {
        try {
            int n = inflater.inflate(bytes, from, length);
            if (n > 0) {
                crc.update(bytes, from, n);
            } else if (inflater.finished()) {
                at = end - inflater.getRemaining();
                endMember();
            } else if (inflater.needsInput()) {
                if (!fill()) {
                    throw cutOff();
                }
                inflater.setInput(buffer, 0, end);
                at = end;
            } else {
                throw damaged("it needs a dictionary");
            }
            return n;
        } catch (DataFormatException e) {
            throw damaged("its data cannot be inflated");
        }
    }

    /** False if there is none any more. */
    private boolean beginMember() throws IOException {
        int magic = next();
        while (magic == 0 && !first) {
            magic = next();
        }
        if (magic < 0 && !first) {
            return false;
        }
        if (magic != 0x1f || next() != 0x8b || next() != DEFLATED) {
            throw damaged(first ? "it does not begin as gzip does" : "something else stands behind a member");
        }
        int flags = needed();
        skip(6);
        if ((flags & EXTRA) != 0) {
            skip(needed() | needed() << 8);
        }
        for (int field = NAME; field <= COMMENT; field <<= 1) {
            if ((flags & field) != 0) {
                while (needed() != 0) {
                    // A name or a comment ends with a zero.
                }
            }
        }
        skip((flags & HEADER_CRC) != 0 ? 2 : 0);
        inflater.reset();
        inflater.setInput(buffer, at, end - at);
        at = end;
        crc.reset();
        inMember = true;
        first = false;
        return true;
    }

    private void endMember() throws IOException {
        if (littleEndian() != crc.getValue() || littleEndian() != (inflater.getBytesWritten() & 0xffffffffL)) {
            throw damaged("its checksum or its length is another than it says");
        }
        inMember = false;
    }

    private long littleEndian() throws IOException {
        return needed() | needed() << 8 | needed() << 16 | (long) needed() << 24;
    }

    private void skip(int bytes) throws IOException {
        for (int i = 0; i < bytes; i++) {
            int unused = needed();
        }
    }

    private int needed() throws IOException {
        int b = next();
        if (b < 0) {
            throw cutOff();
        }
        return b;
    }

    private int next() throws IOException {
        return at < end || fill() ? buffer[at++] & 0xff : -1;
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, super.in.read(buffer, 0, buffer.length));
        return end > 0;
    }

    private IOException cutOff() {
        return new EOFException(location + ": its gzip data ends in the middle; upload the whole of it, and run again");
    }

    private IOException damaged(String how) {
        return new IOException(location + ": is no whole gzip data: " + how + "; upload it anew, and run again");
    }

    @Override
    public long skip(long n) throws IOException {
        long left = n;
        byte[] skipped = new byte[(int) Math.max(1, Math.min(n, BUFFER_BYTES))];
        while (left > 0) {
            int read = read(skipped, 0, (int) Math.min(left, skipped.length));
            if (read < 0) {
                break;
            }
            left -= read;
        }
        return n - Math.max(0, left);
    }

    @Override
    public int available() {
        return ended ? 0 : 1;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        inflater.end();
        super.close();
    }
}
