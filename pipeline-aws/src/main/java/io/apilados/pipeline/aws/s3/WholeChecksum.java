// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.IOException;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * The checksum of a whole object that the store told of it, for those who fetch it in ranges: an answer to a range brings
 * none.
 *
 * @param name of the algorithm
 * @param base64 what it has to come to
 */
record WholeChecksum(String name, String base64) {

    private static final String CRC_32 = "CRC32";
    private static final String CRC_32_C = "CRC32C";

    /** Null if the store told none, or one that is not made of the whole or not in an algorithm of the JDK. */
    static @Nullable WholeChecksum of(HeadObjectResponse head) {
        if (head.checksumType() != null && head.checksumType() != ChecksumType.FULL_OBJECT) {
            return null;
        }
        WholeChecksum crc32 = of(CRC_32, head.checksumCRC32());
        return crc32 != null ? crc32 : of(CRC_32_C, head.checksumCRC32C());
    }

    /** A checksum of the checksums of parts has their number behind a hyphen. */
    private static @Nullable WholeChecksum of(String name, @Nullable String base64) {
        return base64 == null || base64.isEmpty() || base64.contains("-") ? null : new WholeChecksum(name, base64);
    }

    Checksum begin() {
        return name.equals(CRC_32) ? new CRC32() : new CRC32C();
    }

    void verify(Checksum sum, String location) throws IOException {
        int value = (int) sum.getValue();
        byte[] bigEndian = {(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
        if (!Base64.getEncoder().encodeToString(bigEndian).equals(base64)) {
            throw mismatch(location, null);
        }
    }

    static IOException mismatch(String location, @Nullable Exception cause) {
        return new IOException(
                location + ": the bytes that arrived do not match the object's checksum; do not use what was made of"
                        + " them, and run again from the start",
                cause);
    }
}
