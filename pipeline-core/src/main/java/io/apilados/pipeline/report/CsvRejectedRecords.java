// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.ByteArray;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A CSV file that is appended to. */
final class CsvRejectedRecords implements RejectedRecords {

    private final Path path;
    private byte[] rawHeader = new byte[0];
    private @Nullable Appended file;
    private @Nullable OutputStream out;

    CsvRejectedRecords(Path path) {
        this.path = Objects.requireNonNull(path, "path");
    }

    @Override
    public void open(byte[] header, long mark) throws IOException {
        rawHeader = header.clone();
        out = null;
        file = null;
        if (Files.isDirectory(path)) {
            throw new IOException(path + ": is a directory, but the reject file was expected there; name a file");
        }
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new IOException(path + ": the reject file cannot be made, its folder does not exist; make it");
        }
        if (mark == 0) {
            checkReplaceable();
            Files.deleteIfExists(path);
            return;
        }
        if (!Files.exists(path) || Files.size(path) < mark) {
            throw new IOException(
                    path + ": the reject file of the run that is to go on is not there or is shorter than " + mark
                            + " bytes; put it back, or start anew without the checkpoint");
        }
        checkIsOurs(mark);
        append(mark);
    }

    /** A file that another source's run wrote meanwhile has another header, or hardly ever a line that ends at the mark. */
    private void checkIsOurs(long mark) throws IOException {
        ByteArray header = new ByteArray();
        RejectedCsv.writeHeader(rawHeader, header);
        byte[] expected = header.copy(0, header.length());
        byte[] found = new byte[expected.length];
        try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
            boolean ours = mark >= found.length;
            if (ours) {
                in.readFully(found);
                in.seek(mark - 1);
                ours = in.read() == '\n' && Arrays.equals(found, expected);
            }
            if (!ours) {
                throw new IOException(
                        path + ": the reject file of the run that is to go on has no record that ends at byte "
                                + mark
                                + ", or another header: another run has written it since; put it back, or start anew without"
                                + " the checkpoint, and give each source a reject file of its own");
            }
        }
    }

    /** What is there may go if it is empty or a reject file; anything else was named by mistake. */
    private void checkReplaceable() throws IOException {
        if (Files.isRegularFile(path) && Files.size(path) > 0) {
            byte[] columns = RejectedCsv.COLUMNS.getBytes(StandardCharsets.UTF_8);
            try (InputStream in = Files.newInputStream(path)) {
                if (!Arrays.equals(in.readNBytes(columns.length), columns)) {
                    throw new IOException(path + ": is there already and is no reject file; name another file");
                }
            }
        }
    }

    @Override
    public String location() {
        return path.toAbsolutePath().normalize().toString();
    }

    private OutputStream append(long mark) throws IOException {
        try (RandomAccessFile cut = new RandomAccessFile(path.toFile(), "rw")) {
            cut.setLength(mark);
        }
        Appended appended = new Appended(path, mark);
        file = appended;
        OutputStream stream = new BufferedOutputStream(appended, 1 << 16);
        out = stream;
        return stream;
    }

    /** No channel, because that is closed when a thread that writes to it is interrupted. */
    private static final class Appended extends FileOutputStream {
        private long length;

        Appended(Path path, long length) throws IOException {
            super(path.toFile(), true);
            this.length = length;
        }

        @Override
        public void write(int b) throws IOException {
            super.write(b);
            length++;
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            write(bytes, 0, bytes.length);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            super.write(bytes, from, count);
            length += count;
        }
    }

    @Override
    public void write(RejectedRecord record) throws IOException {
        try {
            OutputStream stream = out;
            if (stream == null) {
                stream = append(0);
                RejectedCsv.writeHeader(rawHeader, stream);
            }
            RejectedCsv.write(record, stream);
        } catch (IOException e) {
            throw notWritten(e);
        }
    }

    private IOException notWritten(IOException cause) {
        return new IOException(
                path + ": the reject file could not be written (" + cause.getMessage()
                        + "); free space, and run again to go on",
                cause);
    }

    @Override
    public long sync() throws IOException {
        OutputStream stream = out;
        Appended appended = file;
        if (stream == null || appended == null) {
            return 0;
        }
        try {
            stream.flush();
            appended.getFD().sync();
            return appended.length;
        } catch (IOException e) {
            throw notWritten(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException e) {
            throw notWritten(e);
        }
    }
}
