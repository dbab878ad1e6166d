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

    private static final Reason OTHER = new Reason("", "other");

    private final Map<Reason, Tally> tallies = new LinkedHashMap<>();

    /** Nothing counted yet. */
    public RejectReasons() {}

    /** What an earlier run counted. */
    public RejectReasons(List<RejectReason> before) {
        for (RejectReason reason : before) {
            Tally tally = new Tally(reason.message());
            tally.count = reason.count();
            tally.lines.addAll(reason.firstLines());
            tallies.put(new Reason(reason.stage(), reason.code()), tally);
        }
    }

    /** Counts one. */
    public void add(RejectedRecord record) {
        Reason reason = new Reason(record.stage(), record.code());
        if (!tallies.containsKey(reason) && tallies.size() >= MOST_REASONS) {
            reason = OTHER;
        }
        Tally tally = tallies.computeIfAbsent(reason, first -> new Tally(record.message()));
        tally.count++;
        if (tally.lines.size() < RejectReason.LINES) {
            tally.lines.add(record.position().line());
        }
    }

    /** The reasons, the most frequent first. */
    public List<RejectReason> byCount() {
        List<RejectReason> all = new ArrayList<>();
        tallies.forEach((reason, tally) ->
                all.add(new RejectReason(reason.stage, reason.code, tally.message, tally.count, tally.lines)));
        all.sort(Comparator.comparingLong(RejectReason::count).reversed());
        return all;
    }

    private record Reason(String stage, String code) {}

    private static final class Tally {
        private final String message;
        private final List<Long> lines = new ArrayList<>();
        private long count;

        Tally(String message) {
            this.message = message;
        }
    }
}
