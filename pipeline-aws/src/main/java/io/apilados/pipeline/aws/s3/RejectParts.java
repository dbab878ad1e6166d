// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.aws.s3.SmallObjects.Stored;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parts of what was rejected, named by where they begin. All but the last end where the next one begins, and are not
 * written any more. Confined to one thread.
 */
final class RejectParts {

    private static final String END = ".part";
    private static final int DIGITS = 19;

    private final SmallObjects objects;
    /** Where each sealed part begins, and where it ends. */
    private final TreeMap<Long, Long> sealed = new TreeMap<>();

    RejectParts(SmallObjects objects) {
        this.objects = objects;
    }

    /** The last part as it was found. */
    record Part(long from, byte[] bytes, String etag) {}

    private static String name(long from) {
        return String.format(Locale.ROOT, "%0" + DIGITS + "d%s", from, END);
    }

    private static boolean isPart(String name) {
        return name.length() == DIGITS + END.length() && name.endsWith(END);
    }

    /** Deletes all parts, and what a crash in the middle of a trial of the store left; nothing else that may be there. */
    void deleteAll() throws IOException {
        sealed.clear();
        for (String name : objects.sizes("").keySet()) {
            if (isPart(name) || name.startsWith(ConditionalWrites.NAME)) {
                objects.delete(name);
            }
        }
    }

    /**
     * Finds the parts up to where a run goes on, and deletes what was written after that.
     *
     * @return the one in which it goes on; null if they are not all there
     */
    @Nullable Part open(long mark) throws IOException {
        sealed.clear();
        TreeMap<Long, Long> found = new TreeMap<>();
        for (Map.Entry<String, Long> object : objects.sizes("").entrySet()) {
            String name = object.getKey();
            if (isPart(name)) {
                long from = Long.parseLong(name.substring(0, DIGITS));
                if (from >= mark) {
                    objects.delete(name);
                } else {
                    found.put(from, from + object.getValue());
                }
            }
        }
        long reached = 0;
        for (Map.Entry<Long, Long> part = found.pollFirstEntry(); part != null; part = found.pollFirstEntry()) {
            if (part.getKey() != reached) {
                return null;
            }
            if (found.isEmpty()) {
                return last(reached, mark);
            }
            reached = part.getValue();
            sealed.put(part.getKey(), reached);
        }
        return null;
    }

    private @Nullable Part last(long from, long mark) throws IOException {
        return objects.read(name(from))
                .filter(stored -> from + stored.bytes().length >= mark)
                .map(stored -> new Part(from, stored.bytes(), stored.etag()))
                .orElse(null);
    }

    /** Writes the last part; returns its ETag. */
    String store(long from, @Nullable String known, byte[] content) throws IOException {
        String name = name(from);
        String etag = known == null ? objects.create(name, content) : objects.replace(name, known, content);
        if (etag == null) {
            throw new IOException(objects.location(name)
                    + ": another run writes its rejected records there; wait for its end, or name another object");
        }
        return etag;
    }

    void seal(long from, long to) {
        sealed.put(from, to);
    }

    /** All but the last. */
    void writeSealed(OutputStream out) throws IOException {
        for (Map.Entry<Long, Long> part : sealed.entrySet()) {
            String name = name(part.getKey());
            byte[] bytes = objects.read(name).map(Stored::bytes).orElse(new byte[0]);
            if (bytes.length != part.getValue() - part.getKey()) {
                throw new IOException(objects.location(name) + ": had " + (part.getValue() - part.getKey())
                        + " bytes and has " + bytes.length + "; another run, or somebody, changed it; start anew");
            }
            out.write(bytes);
        }
    }
}
