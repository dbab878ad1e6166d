// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.parse.RejectedRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts rejected records by reason. Not safe for use by many threads. */
public final class RejectReasons {

    /** So many reasons are told apart; a delivery may make up codes of its own without end. */
    private static final int MOST_REASONS = 100;

    private static final String OTHER = "other";

    /** By code, after its stage and a line end. */
    private final Map<String, Tally> tallies = new LinkedHashMap<>();

    /** Nothing counted yet. */
    public RejectReasons() {}

    /** What an earlier run counted. */
    public RejectReasons(List<RejectReason> before) {
        for (RejectReason reason : before) {
            Tally tally = new Tally(reason.stage(), reason.code(), reason.message());
            tally.count = reason.count();
            tally.lines.addAll(reason.firstLines());
            tallies.put(key(reason.stage(), reason.code()), tally);
        }
    }

    /** Counts one. */
    public void add(RejectedRecord record) {
        Tally tally = tallies.get(key(record.stage(), record.code()));
        if (tally == null) {
            tally = tallies.size() < MOST_REASONS
                    ? first(record.stage(), record.code(), record.message())
                    : first("", OTHER, record.message());
        }
        tally.count++;
        if (tally.lines.size() < RejectReason.LINES) {
            tally.lines.add(record.position().line());
        }
    }

    private Tally first(String stage, String code, String message) {
        return tallies.computeIfAbsent(key(stage, code), reason -> new Tally(stage, code, message));
    }

    private static String key(String stage, String code) {
        return stage + "\n" + code;
    }

    /** The reasons, the most frequent first. */
    public List<RejectReason> byCount() {
        List<RejectReason> all = new ArrayList<>();
        for (Tally tally : tallies.values()) {
            all.add(new RejectReason(tally.stage, tally.code, tally.message, tally.count, tally.lines));
        }
        all.sort(Comparator.comparingLong(RejectReason::count).reversed());
        return all;
    }

    private static final class Tally {
        private final String stage;
        private final String code;
        private final String message;
        private final List<Long> lines = new ArrayList<>();
        private long count;

        Tally(String stage, String code, String message) {
            this.stage = stage;
            this.code = code;
            this.message = message;
        }
    }
}
