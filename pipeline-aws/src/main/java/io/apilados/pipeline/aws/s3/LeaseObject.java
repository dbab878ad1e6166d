// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the object of a source holds: who has the lease, and the checkpoint. Two lines, and the checkpoint as JSON. Both in
 * one object, so that whoever lost the one cannot write the other.
 *
 * @param owner null if nobody has the lease
 * @param number counts the writes, so that none leaves the bytes, and with them the ETag, as they were
 * @param writtenMillis when it was written, by the writer's clock: for stores that do not tell
 * @param checkpoint empty if none was saved
 */
record LeaseObject(@Nullable LeaseOwner owner, long number, long writtenMillis, byte[] checkpoint) {

    private static final String OF_ANY_VERSION = "apilados-s3-checkpoint ";
    private static final String MAGIC = OF_ANY_VERSION + "4";
    private static final String NOBODY = "-";

    byte[] toBytes() {
        String head =
                MAGIC + " " + number + " " + writtenMillis + "\n" + (owner == null ? NOBODY : owner.toLine()) + "\n";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(head.length() + checkpoint.length);
        bytes.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(checkpoint);
        return bytes.toByteArray();
    }

    static LeaseObject fromBytes(byte[] bytes, String location) throws IOException {
        int first = indexOfLineEnd(bytes, 0);
        int second = first < 0 ? -1 : indexOfLineEnd(bytes, first + 1);
        if (second < 0) {
            throw unreadable(location);
        }
        String head = new String(bytes, 0, first, StandardCharsets.UTF_8);
        String line = new String(bytes, first + 1, second - first - 1, StandardCharsets.UTF_8);
        LeaseOwner owner = LeaseOwner.fromLine(line);
        if (head.startsWith(OF_ANY_VERSION) && !head.startsWith(MAGIC + " ")) {
            throw new IOException(
                    location + ": another version of the library wrote the checkpoint; finish its run with that"
                            + " one, because a run that begins anew sends everything again under other keys");
        }
        if (!head.startsWith(MAGIC + " ") || (owner == null && !line.equals(NOBODY))) {
            throw unreadable(location);
        }
        try {
            String[] numbers = head.substring(MAGIC.length() + 1).split(" ");
            return new LeaseObject(
                    owner,
                    Long.parseLong(numbers[0]),
                    Long.parseLong(numbers[1]),
                    Arrays.copyOfRange(bytes, second + 1, bytes.length));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw unreadable(location);
        }
    }

    private static int indexOfLineEnd(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static IOException unreadable(String location) {
        return new IOException(location + ": is no checkpoint of this version of the library; put back a whole one, or"
                + " delete it to begin anew");
    }

    /**
     * Whether somebody else has the lease.
     *
     * @param writtenAgo by the store's own clock; null if it does not tell
     * @param nowMillis by the clock here, which has to do then
     */
    boolean isHeld(@Nullable Duration writtenAgo, long nowMillis) {
        if (owner == null || owner.hasDied()) {
            return false;
        }
        Duration age = writtenAgo == null ? Duration.ofMillis(nowMillis - writtenMillis) : writtenAgo;
        return age.compareTo(owner.term()) <= 0;
    }
}
