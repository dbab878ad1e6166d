// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.s3.SmallObjects.Stored;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.checkpoint.LeaseHeldException;
import io.apilados.pipeline.control.Scheduler;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Checkpoints as objects below a prefix, one for each source, with the lease in the same object. Every write is made only
 * if the object is what this run wrote last ({@code If-Match}), so a run that lost its lease can write nothing more.
 *
 * <p>A run that lives renews its lease; one that died has it no longer after the term, by the store's own clock, and at
 * once where another run on the same machine and in the same container can see that its process is gone.
 *
 * <p>A write takes tens of milliseconds, so what is settled is noted with whatever is written next: a checkpoint is saved
 * about once a second, a planned size before the first batch of its stretch is sent. A run that was killed sends again, with
 * the same keys, what was settled since the last write.
 *
 * <p>The first lease is preceded by a trial of whether the store honours conditions on writes, with four writes to an
 * object of its own; a store that does not is refused. Needs {@code s3:GetObject}, {@code s3:PutObject},
 * {@code s3:DeleteObject} for the trial's object, and {@code s3:ListBucket}, without which a store does not tell that an
 * object is not there. Safe for use by many threads; the client stays the caller's.
 */
public final class S3CheckpointStore implements CheckpointStore {

    /** How long a lease lasts without a write by default: thirty seconds. */
    public static final Duration DEFAULT_TERM = Duration.ofSeconds(30);

    /** The shortest term: three seconds, because stores tell times in whole seconds. */
    public static final Duration SHORTEST_TERM = Duration.ofSeconds(3);

    private static final int LONGEST_NAME = 40;
    private static final int MOST_TRIES = 5;

    private final SmallObjects objects;
    private final ConditionalWrites conditions;
    private final Duration term;

    private S3CheckpointStore(SmallObjects objects, ConditionalWrites conditions, Duration term) {
        this.objects = objects;
        this.conditions = conditions;
        this.term = term;
    }

    /**
     * A store below {@code s3://bucket/prefix}.
     *
     * @throws IllegalArgumentException if the URI has another form
     */
    public static S3CheckpointStore of(S3Client client, URI prefix) {
        return of(client, prefix, Scheduler.system());
    }

    static S3CheckpointStore of(S3Client client, URI prefix, Scheduler scheduler) {
        SmallObjects objects = new SmallObjects(client, S3Location.ofPrefix(prefix), scheduler);
        return new S3CheckpointStore(objects, new ConditionalWrites(objects), DEFAULT_TERM);
    }

    /**
     * With another term; a run that lives writes at least three times in one.
     *
     * @throws IllegalArgumentException if that is less than three seconds
     */
    public S3CheckpointStore withTerm(Duration lease) {
        if (lease.compareTo(SHORTEST_TERM) < 0) {
            throw new IllegalArgumentException("lease was " + lease + " but it must be 3 s or more");
        }
        return new S3CheckpointStore(objects, conditions, lease);
    }

    /** Without the trial, for a store that is known to honour conditions on writes, as Amazon's does. */
    public S3CheckpointStore withoutTrial() {
        return new S3CheckpointStore(objects, conditions.known(), term);
    }

    @Override
    public CheckpointLease acquire(String location) throws IOException {
        conditions.require();
        String name = name(location);
        LeaseOwner owner = LeaseOwner.here(term);
        LeaseObject first = new LeaseObject(owner, 1, objects.scheduler().epochMillis(), new byte[0]);
        String created = objects.create(name, first.toBytes());
        if (created != null) {
            return S3CheckpointLease.begin(objects, name, first, owner, created);
        }
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            Optional<Stored> there = objects.read(name);
            long now = objects.scheduler().epochMillis();
            LeaseObject before = there.isEmpty()
                    ? new LeaseObject(null, 0, now, new byte[0])
                    : LeaseObject.fromBytes(there.get().bytes(), objects.location(name));
            if (there.isPresent() && before.isHeld(there.get().writtenAgo(), now)) {
                throw new LeaseHeldException(location, describe(before.owner()));
            }
            LeaseObject mine = new LeaseObject(owner, before.number() + 1, now, before.checkpoint());
            String etag = there.isEmpty()
                    ? objects.create(name, mine.toBytes())
                    : objects.replace(name, there.get().etag(), mine.toBytes());
            if (etag != null) {
                return S3CheckpointLease.begin(objects, name, mine, owner, etag);
            }
        }
        throw new LeaseHeldException(location, "others take its lease at this moment");
    }

    private static String describe(@Nullable LeaseOwner owner) {
        return owner == null ? "nobody" : owner.describe();
    }

    private static String name(String location) {
        String last = location.substring(location.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9._-]", "_");
        String shortened = last.substring(0, Math.min(LONGEST_NAME, last.length()));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(location.getBytes(StandardCharsets.UTF_8));
            return shortened + "-" + HexFormat.of().formatHex(digest, 0, 8) + ".checkpoint";
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
