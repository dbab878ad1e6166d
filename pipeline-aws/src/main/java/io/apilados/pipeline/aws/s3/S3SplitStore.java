// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.s3.SmallObjects.Stored;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.control.Scheduler;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What attempts at splits leave for each other, as objects below a prefix. {@link #replace} is one conditional write
 * ({@code If-Match}, {@code If-None-Match}); an answer that is lost is resolved by looking whose the object is.
 *
 * <p>Before it replaces for the first time it tries whether the store honours conditions, with four writes to an object of
 * its own; one that does not is refused.
 *
 * <p>Needs {@code s3:GetObject}, {@code s3:PutObject}, {@code s3:DeleteObject} and {@code s3:ListBucket}; without the last
 * a store answers for an object that is not there as for one that may not be read. Safe for use by many threads; the
 * client stays the caller's.
 */
public final class S3SplitStore implements SplitStore {

    private final SmallObjects objects;
    private final ConditionalWrites conditions;

    private S3SplitStore(SmallObjects objects) {
        this.objects = objects;
        this.conditions = new ConditionalWrites(objects);
    }

    /**
     * A store below {@code s3://bucket/prefix}.
     *
     * @throws IllegalArgumentException if the URI has another form
     */
    public static S3SplitStore of(S3Client client, URI prefix) {
        return new S3SplitStore(new SmallObjects(client, S3Location.ofPrefix(prefix), Scheduler.system()));
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
        return objects.read(SplitStore.requireName(name)).map(Stored::bytes);
    }

    @Override
    public void write(String name, byte[] content) throws IOException {
        String unused = objects.write(SplitStore.requireName(name), content);
    }

    @Override
    public boolean replace(String name, byte @Nullable [] expected, byte[] content) throws IOException {
        SplitStore.requireName(name);
        conditions.require();
        if (expected == null) {
            return objects.create(name, content) != null;
        }
        Optional<Stored> before = objects.read(name);
        return before.isPresent()
                && Arrays.equals(before.get().bytes(), expected)
                && objects.replace(name, before.get().etag(), content) != null;
    }

    @Override
    public void delete(String name) throws IOException {
        objects.delete(SplitStore.requireName(name));
    }

    @Override
    public List<String> list(String prefix) throws IOException {
        return objects.list(prefix).stream()
                .filter(name -> NAME.matcher(name).matches())
                .toList();
    }
}
