// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a split has in a {@link SplitStore}, under the name of its plan: a checkpoint, parts of its rejected records, and
 * in the end all rejected records and the report. Several attempts at one split may write at once; nobody holds a lease.
 *
 * <p>Rejected records are CSV that is the same in every attempt, so a part is known by the bytes from which and to which
 * it goes, and it does not matter which attempt wrote it.
 *
 * <p>Confined to one thread at a time.
 */
public final class SplitObjects {

    private static final Pattern PART = Pattern.compile(".*\\.([0-9]+)-([0-9]+)\\.part");

    private final SplitStore store;
    private final String checkpointName;
    private final String reportName;
    private final String rejectsPrefix;

    /** What is there last, as far as this object knows. */
    private byte @Nullable [] known;

    /** The objects of split {@code index}. */
    public SplitObjects(SplitStore store, String planId, int index) {
        this.store = Objects.requireNonNull(store, "store");
        this.checkpointName = planId + "/checkpoint-" + index + ".json";
        this.reportName = reportName(planId, index);
        this.rejectsPrefix = planId + "/rejects-" + index + ".";
    }

    /** The name of a split's report. */
    public static String reportName(String planId, int index) {
        return planId + "/report-" + index + ".json";
    }

    /** The checkpoint of this attempt or another; empty if there is none. */
    public Optional<SplitCheckpoint> checkpoint() throws IOException {
        known = store.read(checkpointName).orElse(null);
        return parsed(known);
    }

    private Optional<SplitCheckpoint> parsed(byte @Nullable [] bytes) throws IOException {
        return bytes == null ? Optional.empty() : Optional.of(SplitCheckpoint.fromBytes(bytes, checkpointName));
    }

    /** Saves a checkpoint, unless one is there that is as far. So an attempt that is behind moves nothing back. */
    public void save(SplitCheckpoint checkpoint) throws IOException {
        byte[] bytes = checkpoint.toBytes();
        while (true) {
            Optional<SplitCheckpoint> before = parsed(known);
            if (before.isPresent() && !checkpoint.isAheadOf(before.get())) {
                return;
            }
            if (store.replace(checkpointName, known, bytes)) {
                known = bytes;
                return;
            }
            known = store.read(checkpointName).orElse(null);
        }
    }

    /** The report of this attempt or another; empty if there is none. */
    public Optional<byte[]> report() throws IOException {
        return store.read(reportName);
    }

    /** Publishes the report, unless there is one; returns the one that is there then. */
    public byte[] publishReport(byte[] report) throws IOException {
        if (store.replace(reportName, null, report)) {
            return report;
        }
        return store.read(reportName)
                .orElseThrow(() -> new IOException(reportName + ": was there and is gone; commit the split again"));
    }

    /** Writes rejected records that begin at byte {@code from} of all of them. */
    public void writeRejects(long from, byte[] content) throws IOException {
        store.write(rejectsPrefix + from + "-" + (from + content.length) + ".part", content);
    }

    /**
     * Puts the parts together that are the first {@code length} bytes, as one object.
     *
     * @return false if they are not all there: another attempt has published the split, or somebody deleted them
     */
    public boolean publishRejects(long length) throws IOException {
        if (length == 0) {
            return true;
        }
        byte[] all = joined(length);
        if (all == null) {
            Optional<byte[]> published = store.read(rejectsPrefix + "csv");
            return published.isPresent() && published.get().length == length;
        }
        store.write(rejectsPrefix + "csv", all);
        return true;
    }

    private byte @Nullable [] joined(long length) throws IOException {
        TreeMap<Long, Map<Long, String>> byStart = new TreeMap<>();
        for (String name : store.list(rejectsPrefix)) {
            Matcher part = PART.matcher(name);
            if (part.matches()) {
                byStart.computeIfAbsent(Long.parseLong(part.group(1)), start -> new HashMap<>())
                        .put(Long.parseLong(part.group(2)), name);
            }
        }
        Deque<String> chain = chain(byStart, length);
        if (chain == null) {
            return null;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream((int) Math.min(length, 1 << 28));
        for (String name : chain) {
            Optional<byte[]> content = store.read(name);
            if (content.isEmpty()) {
                return null;
            }
            all.writeBytes(content.get());
        }
        if (all.size() != length) {
            throw new IOException(rejectsPrefix + "*: the parts have " + all.size() + " bytes and not the " + length
                    + " that their names say; delete them and the checkpoint to begin the split anew");
        }
        return all.toByteArray();
    }

    /** Parts that follow each other from 0 to the end; null if there are none such. */
    private static @Nullable Deque<String> chain(TreeMap<Long, Map<Long, String>> byStart, long end) {
        // From where each byte was come to first. Starts are gone over in order, so all that lead to one come before
        // it.
        Map<Long, Long> cameFrom = new HashMap<>();
        cameFrom.put(0L, 0L);
        for (Map.Entry<Long, Map<Long, String>> parts : byStart.entrySet()) {
            if (cameFrom.containsKey(parts.getKey())) {
                parts.getValue().keySet().forEach(to -> cameFrom.putIfAbsent(to, parts.getKey()));
            }
        }
        Deque<String> chain = new ArrayDeque<>();
        long at = end;
        while (at != 0) {
            Long from = cameFrom.get(at);
            Map<Long, String> parts = from == null ? null : byStart.get(from);
            String name = parts == null ? null : parts.get(at);
            if (from == null || name == null) {
                return null;
            }
            chain.addFirst(name);
            at = from;
        }
        return chain;
    }

    /** Deletes all parts: the rejected records are published. */
    public void deleteParts() throws IOException {
        deleteParts(store, rejectsPrefix);
    }

    /** Deletes the parts of all splits of a plan. */
    public static void deletePartsOf(SplitStore store, String planId) throws IOException {
        deleteParts(store, planId + "/rejects-");
    }

    private static void deleteParts(SplitStore store, String prefix) throws IOException {
        for (String name : store.list(prefix)) {
            if (PART.matcher(name).matches()) {
                store.delete(name);
            }
        }
    }
}
