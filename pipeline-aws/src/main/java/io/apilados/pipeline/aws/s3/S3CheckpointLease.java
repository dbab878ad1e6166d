// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.s3.SmallObjects.Stored;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.checkpoint.SettledBatch;
import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.control.Scheduler.Cancellable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The object of one source in the hands of one run. Each write puts the whole there: the checkpoint that was saved last,
 * the sizes that were planned and the batches that were settled since.
 */
final class S3CheckpointLease implements CheckpointLease {

    private static final int RENEWALS_IN_A_TERM = 3;
    private static final int MOST_TRIES = 3;

    private final SmallObjects objects;
    private final String name;
    private final LeaseOwner owner;
    private final Scheduler scheduler;
    private final Duration renewal;
    /** What an earlier run left; empty if it left nothing. */
    private final byte[] left;

    /** Guards the ETag and the number; held while the object is written, so for tens of milliseconds. */
    private final ReentrantLock writing = new ReentrantLock();

    private String etag;
    private long number;
    private boolean lost;
    private long writtenNanos;

    /** Guards what was noted; held for moments. Taken while the other is held, never the other way round. */
    private final ReentrantLock noting = new ReentrantLock();

    private @Nullable Checkpoint saved;
    private final List<PlannedSize> sizes = new ArrayList<>();
    private final List<SettledBatch> settled = new ArrayList<>();

    private volatile boolean closed;
    private volatile @Nullable Cancellable beat;

    private S3CheckpointLease(SmallObjects objects, String name, LeaseObject begun, LeaseOwner owner, String etag) {
        this.objects = objects;
        this.name = name;
        this.owner = owner;
        this.scheduler = objects.scheduler();
        this.renewal = owner.term().dividedBy(RENEWALS_IN_A_TERM);
        this.left = begun.checkpoint();
        this.number = begun.number();
        this.etag = etag;
        this.writtenNanos = scheduler.nanoTime();
    }

    static S3CheckpointLease begin(
            SmallObjects objects, String name, LeaseObject begun, LeaseOwner owner, String etag) {
        S3CheckpointLease lease = new S3CheckpointLease(objects, name, begun, owner, etag);
        lease.beat = lease.scheduler.schedule(lease::renewIfDue, lease.renewal);
        return lease;
    }

    @Override
    public Optional<Checkpoint> load() throws IOException {
        return left.length == 0 ? Optional.empty() : Optional.of(Checkpoint.fromBytes(left, objects.location(name)));
    }

    @Override
    public void save(Checkpoint checkpoint) throws IOException {
        writing.lock();
        try {
            int noted = settledSoFar();
            write(owner, checkpoint.toBytes());
            noting.lock();
            try {
                saved = checkpoint;
                sizes.clear();
                settled.subList(0, noted).clear();
            } finally {
                noting.unlock();
            }
        } finally {
            writing.unlock();
        }
    }

    private int settledSoFar() {
        noting.lock();
        try {
            return settled.size();
        } finally {
            noting.unlock();
        }
    }

    @Override
    public void plan(PlannedSize size) throws IOException {
        writing.lock();
        try {
            noting.lock();
            try {
                requireSaved();
                sizes.add(size);
            } finally {
                noting.unlock();
            }
            write(owner, current());
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void settled(SettledBatch batch) {
        noting.lock();
        try {
            requireSaved();
            settled.add(batch);
        } finally {
            noting.unlock();
        }
    }

    private void requireSaved() {
        if (saved == null) {
            throw new IllegalStateException("nothing can be noted before a checkpoint was saved");
        }
    }

    /** The checkpoint with all that was noted since. */
    private byte[] current() {
        noting.lock();
        try {
            return saved == null ? left : saved.with(sizes, settled).toBytes();
        } finally {
            noting.unlock();
        }
    }

    private void write(@Nullable LeaseOwner holder, byte[] checkpoint) throws IOException {
        for (int tries = 0; tries < MOST_TRIES && !lost; tries++) {
            long began = scheduler.nanoTime();
            byte[] bytes = new LeaseObject(holder, number + 1, scheduler.epochMillis(), checkpoint).toBytes();
            String written = objects.replace(name, etag, bytes);
            if (written != null) {
                etag = written;
                number++;
                writtenNanos = began;
                return;
            }
            lost = !takeUpOwnWrite();
        }
        throw new IOException(objects.location(name) + ": another run has taken the lease, because this one had not"
                + " renewed it within " + owner.term().toSeconds() + " s; this one ends, and the other goes on");
    }

    /** A write that seemed to fail may have been made after all: the object is another then, and still ours. */
    private boolean takeUpOwnWrite() throws IOException {
        Optional<Stored> now = objects.read(name);
        if (now.isEmpty() || now.get().etag().equals(etag)) {
            return false;
        }
        LeaseObject there = LeaseObject.fromBytes(now.get().bytes(), objects.location(name));
        if (!owner.equals(there.owner())) {
            return false;
        }
        etag = now.get().etag();
        number = there.number();
        return true;
    }

    /** On the scheduler's thread, which must not wait: a renewal has one of its own. */
    private void renewIfDue() {
        if (closed) {
            return;
        }
        Thread renewing = new Thread(this::renew, "pipeline-s3-lease");
        renewing.setDaemon(true);
        renewing.start();
        beat = scheduler.schedule(this::renewIfDue, renewal);
    }

    private void renew() {
        if (!writing.tryLock()) {
            // Whoever writes renews it.
            return;
        }
        try {
            boolean recent = scheduler.nanoTime() - writtenNanos < renewal.toNanos() / 2;
            if (!closed && !lost && !recent) {
                write(owner, current());
            }
        } catch (IOException e) {
            // The next write tells the run; until then another renewal may go through.
            LoggerFactory.getLogger(S3CheckpointLease.class)
                    .warn("the lease was not renewed ({})", e.getClass().getName());
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        Cancellable next = beat;
        if (next != null) {
            next.cancel();
        }
        writing.lock();
        try {
            if (!lost) {
                write(null, current());
                lost = true;
            }
        } catch (IOException e) {
            // All that matters is written; the lease ends by itself.
            LoggerFactory.getLogger(S3CheckpointLease.class)
                    .warn(
                            "the lease was not given back ({}); it ends by itself",
                            e.getClass().getName());
        } finally {
            writing.unlock();
        }
    }
}
