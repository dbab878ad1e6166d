// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One state of a source: which bytes a run reads, so that no run mixes two of them.
 *
 * @param location where the source is, for messages and for the fingerprint
 * @param sizeBytes how many bytes it has, or {@link #UNKNOWN_SIZE}
 * @param tag what changes whenever the bytes do: a modification time, an ETag
 * @param seekable whether it can be opened at an offset other than 0
 */
public record SourceVersion(String location, long sizeBytes, String tag, boolean seekable) implements Serializable {

    /** The size of a source that does not tell it, such as a pipe. */
    public static final long UNKNOWN_SIZE = -1;

    public SourceVersion {
        Objects.requireNonNull(location, "location");
        Objects.requireNonNull(tag, "tag");
        if (sizeBytes < UNKNOWN_SIZE) {
            throw new IllegalArgumentException("sizeBytes was " + sizeBytes + " but it must be 0 or more, or -1");
        }
    }

    // Written out because the ones that a record has of itself are put together at their first use, which takes 30 ms
    // of
    // the start of every run (JDK 17, measured by when classes are loaded).

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SourceVersion version
                && sizeBytes == version.sizeBytes
                && seekable == version.seekable
                && location.equals(version.location)
                && tag.equals(version.tag);
    }

    @Override
    public int hashCode() {
        return 31 * tag.hashCode() + location.hashCode();
    }

    /** 32 hexadecimal digits that stand for location, size and tag. Together with a byte offset it names a record. */
    public String fingerprint() {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            String identity = location + '\n' + sizeBytes + '\n' + tag;
            byte[] digest = sha256.digest(identity.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
