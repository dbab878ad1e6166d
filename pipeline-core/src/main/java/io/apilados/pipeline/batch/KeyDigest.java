// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.source.ByteArray;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Derives a key of a few texts: the first half of the SHA-256 of them, each ended by a zero byte. There is one for each
 * thread, because looking for the algorithm costs more than using it.
 */
final class KeyDigest {

    private static final int KEY_BYTES = 16;

    private static final ThreadLocal<KeyDigest> OF_THREAD = ThreadLocal.withInitial(KeyDigest::new);

    private final MessageDigest sha256;
    private final Input input = new Input();

    private KeyDigest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** The thread's own, empty. */
    static KeyDigest ofThread() {
        KeyDigest digest = OF_THREAD.get();
        digest.input.truncate(0);
        return digest;
    }

    void text(String text) {
        input.write(text.getBytes(StandardCharsets.UTF_8));
        input.write(0);
    }

    /** 32 hexadecimal digits. */
    String key() {
        return HexFormat.of().formatHex(input.digestWith(sha256), 0, KEY_BYTES);
    }

    /** What is to be digested, in one piece. */
    private static final class Input extends ByteArray {
        byte[] digestWith(MessageDigest algorithm) {
            algorithm.update(bytes, 0, length);
            return algorithm.digest();
        }
    }
}
