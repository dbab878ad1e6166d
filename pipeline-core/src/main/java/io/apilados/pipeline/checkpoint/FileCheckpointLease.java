// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Three files: the checkpoint, a journal of what was noted since, and a lock.
 *
 * <p>The checkpoint is written to a temporary file, forced to the disk and renamed, so that there is a whole one at any
 * moment. Each has a number, and the journal begins with the number of the checkpoint that it goes on from: a journal
 * that was left over by a crash between the two steps is recognized and ignored. An entry of the journal that was cut off
 * by a crash fails its checksum, and it and what follows do not count.
 *
 * <p>The lock is the operating system's, which takes it from a process that dies; within a process the leases know of each
 * other. Where a folder is shared by several machines that may not be enough, so the lock file also names its holder and when
 * it last lived; a holder on another machine that lived a moment ago is believed. Who ends leaves no such sign.
 */
final class FileCheckpointLease implements CheckpointLease {

    private static final String MAGIC = "apilados-checkpoint 5 ";
    private static final int CHECKSUM_DIGITS = 8;
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final Duration BELIEVED = Duration.ofSeconds(30);

    /**
     * The lock files of the leases in this process. The operating system takes a lock from a process as soon as that closes the
     * file, whichever of its threads had opened it; so nobody opens one that is held here.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final Path lockFile;
    private final Path file;
    private final Path temporary;
    private final Path journalFile;
    private final FileChannel lockChannel;
    private final Scheduler scheduler = Scheduler.system();

    /**
     * Guards the journal and the number; held while they are written. A monitor, because that is less code for the JVM to
     * compile, and hardly anybody waits for it: whoever notes holds the ledger's lock, and the reader plans seldom.
     */
    private final Object writing = new Object();

    private @Nullable JournalFile journal;

    /** The entry of the journal that is written now. */
    private final JournalEntry entry = new JournalEntry();

    private long number;
    private @Nullable Cancellable heartbeat;
    private volatile boolean closed;

    private FileCheckpointLease(Path folder, String name, Path lockFile, FileChannel lockChannel) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.file = folder.resolve(name + ".checkpoint");
        this.temporary = folder.resolve(name + ".checkpoint.tmp");
        this.journalFile = folder.resolve(name + ".journal");
        this.lockChannel = lockChannel;
    }

    static FileCheckpointLease acquire(Path folder, String name, String location) throws IOException {
        Path lockFile = folder.toRealPath().resolve(name + ".lock");
        if (!HELD.add(lockFile)) {
            throw new LeaseHeldException(location, "in this process");
        }
        try {
            return acquire(folder, name, location, lockFile);
        } catch (IOException | RuntimeException | Error e) {
            HELD.remove(lockFile);
            throw e;
        }
    }

    private static FileCheckpointLease acquire(Path folder, String name, String location, Path lockFile)
            throws IOException {
        FileChannel channel = FileChannel.open(
                lockFile, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = tryLock(channel);
            String holder = read(channel);
            if (lock == null || livesElsewhere(holder)) {
                throw new LeaseHeldException(location, holder.isBlank() ? "its process is not known" : holder);
            }
            FileCheckpointLease lease = new FileCheckpointLease(folder, name, lockFile, channel);
            lease.beat();
            return lease;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(Long.MAX_VALUE - 1, 1, false);
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(512);
        int n = channel.read(bytes, 0);
        String text = n <= 0 ? "" : new String(bytes.array(), 0, n, StandardCharsets.UTF_8);
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    /** {@code process 123 on host, alive at 1700000000000}. */
    private static boolean livesElsewhere(String holder) {
        if (holder.isBlank()) {
            return false;
        }
        String[] words = holder.split("[ ,]+");
        if (words.length != 7 || words[3].equals(host())) {
            return false;
        }
        try {
            return System.currentTimeMillis() - Long.parseLong(words[6]) < BELIEVED.toMillis();
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static String host() {
        try {
            Path file = Path.of("/etc/hostname");
            // The environment only where it has to be: the JVM reads all of it.
            String host = Files.isReadable(file) ? Files.readString(file) : System.getenv("HOSTNAME");
            return host == null || host.isBlank()
                    ? "localhost"
                    : host.strip().replace(' ', '_').replace(',', '_');
        } catch (IOException e) {
            return "localhost";
        }
    }

    /** Without what the JDK has for it, where that is possible: it has a pool of threads to wait for processes. */
    private static String pid() {
        try {
            String name = Files.readSymbolicLink(Path.of("/proc/self")).toString();
            return Long.toString(Long.parseLong(name));
        } catch (IOException | UnsupportedOperationException | NumberFormatException e) {
            return Long.toString(ProcessHandle.current().pid());
        }
    }

    /** Says that the holder lives, and will say so again. */
    private void beat() {
        if (closed) {
            return;
        }
        String holder = "process " + pid() + " on " + host() + ", alive at " + System.currentTimeMillis() + "\n";
        try {
            lockChannel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
        } catch (IOException e) {
            // The lock itself holds; on a full disk the checkpoint will say so.
        }
        heartbeat = scheduler.schedule(this::beat, HEARTBEAT);
    }

    @Override
    public Optional<Checkpoint> load() throws IOException {
        if (!Files.exists(file)) {
            // Whoever deletes the checkpoint begins anew, and numbers begin anew with it.
            Files.deleteIfExists(journalFile);
            return Optional.empty();
        }
        Checkpoint saved;
        String text = Files.readString(file);
        if (!text.startsWith(MAGIC) && text.matches("(?s)apilados-checkpoint [0-9]+ .*")) {
            throw new IOException(
                    file + ": another version of the library wrote the checkpoint; finish its run with that one,"
                            + " because a run that begins anew sends everything again under other keys");
        }
        try {
            int headEnd = text.indexOf('\n');
            String[] head = text.substring(0, Math.max(0, headEnd)).split(" ");
            String body = text.substring(headEnd + 1);
            if (!text.startsWith(MAGIC)
                    || head.length != 4
                    || !head[3].equals(checksum(body.getBytes(StandardCharsets.UTF_8)))) {
                throw new IOException("its checksum is wrong");
            }
            number = Long.parseLong(head[2]);
            saved = CheckpointReader.readCheckpoint(body);
        } catch (IOException | NumberFormatException e) {
            throw new IOException(
                    file + ": the checkpoint cannot be read (" + e.getMessage()
                            + "); put back a whole one, or delete it to begin anew",
                    e);
        }
        return Optional.of(CheckpointJournal.read(journalFile, number).applyTo(saved));
    }

    @Override
    public void save(Checkpoint checkpoint) throws IOException {
        byte[] body = checkpoint.toBytes();
        synchronized (writing) {
            replace(body);
        }
    }

    private void replace(byte[] body) throws IOException {
        long next = number + 1;
        byte[] head = (MAGIC + next + " " + checksum(body) + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            // No channel, because that is closed when the thread is interrupted.
            try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
                out.write(head);
                out.write(body);
                out.getFD().sync();
            }
            rename();
            forceFolder();
            number = next;
            beginJournal();
        } catch (IOException e) {
            throw new IOException(
                    file + ": the checkpoint could not be written (" + e.getMessage()
                            + "); free space or name another folder, and run again to go on",
                    e);
        }
    }

    private void rename() throws IOException {
        try {
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("this file system cannot rename at once", e);
        }
    }

    /** Makes the rename itself survive a crash; some systems cannot open a folder, and need no such thing. */
    private void forceFolder() {
        // A folder is opened as a channel or not at all, and a thread that is interrupted forces none.
        boolean interrupted = Thread.interrupted();
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // As said above.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void beginJournal() throws IOException {
        JournalFile before = journal;
        if (before != null) {
            before.close();
        }
        JournalFile begun = new JournalFile(journalFile);
        journal = begun;
        entry.begins(number);
        begun.write(entry);
        if (before == null) {
            // It may be new in the folder.
            forceFolder();
        }
    }

    @Override
    public void plan(PlannedSize size) throws IOException {
        synchronized (writing) {
            try {
                entry.size(size);
                note().force();
            } catch (IOException e) {
                throw journalFailed(e);
            }
        }
    }

    @Override
    public void settled(SettledBatch batch) throws IOException {
        synchronized (writing) {
            try {
                entry.settled(batch);
                JournalFile unused = note();
            } catch (IOException e) {
                throw journalFailed(e);
            }
        }
    }

    /** Writes the entry into the journal. */
    private JournalFile note() throws IOException {
        JournalFile noting = journal;
        if (noting == null) {
            throw new IllegalStateException("nothing can be noted before a checkpoint was saved");
        }
        noting.write(entry);
        return noting;
    }

    private IOException journalFailed(IOException cause) {
        return new IOException(
                journalFile + ": the journal could not be written (" + cause.getMessage()
                        + "); free space or name another folder, and run again to go on",
                cause);
    }

    private static String checksum(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body);
        String digits = Long.toHexString(crc.getValue());
        return "0".repeat(CHECKSUM_DIGITS - digits.length()) + digits;
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        Cancellable beating = heartbeat;
        if (beating != null) {
            beating.cancel();
        }
        try (lockChannel) {
            if (journal != null) {
                journal.close();
            }
            forgetHolder();
        } finally {
            HELD.remove(lockFile);
        }
    }

    /** So that a run on another machine need not wait until the last sign of life is old. */
    private void forgetHolder() {
        try {
            lockChannel.truncate(0);
        } catch (IOException e) {
            // Then it waits.
        }
    }
}
