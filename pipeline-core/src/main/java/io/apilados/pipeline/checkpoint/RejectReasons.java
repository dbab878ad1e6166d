// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.parse.RejectedRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts rejected records by reason. Not safe for use by many threads. */
public final class RejectReasons {

    /** So many reasons are told apart; a delivery may make up codes of its own without end. */
    private static final int MOST_REASONS = 100;

    private static final String OTHER = "other";

    /** Few, so that going over them is quicker than a hash. */
    private final List<Tally> tallies = new ArrayList<>();

    /** Nothing counted yet. */
    public RejectReasons() {}

    /** What an earlier run counted. */
    public RejectReasons(List<RejectReason> before) {
        for (RejectReason reason : before) {
            Tally tally = new Tally(reason.stage(), reason.code(), reason.message());
            tally.count = reason.count();
            tally.lines.addAll(reason.firstLines());
            tallies.add(tally);
        }
    }

    /** Counts one. */
    public void add(RejectedRecord record) {
        Tally tally = find(record.stage(), record.code());
        if (tally == null && tallies.size() >= MOST_REASONS) {
            tally = find("", OTHER);
        }
        if (tally == null) {
            boolean full = tallies.size() >= MOST_REASONS;
            tally = new Tally(full ? "" : record.stage(), full ? OTHER : record.code(), record.message());
            tallies.add(tally);
        }
        tally.count++;
        if (tally.lines.size() < RejectReason.LINES) {
            tally.lines.add(record.position().line());
        }
    }

    private @Nullable Tally find(String stage, String code) {
        // By index: this is done for every rejected record, and an iterator is more code than the rest.
        for (int i = 0; i < tallies.size(); i++) {
            Tally tally = tallies.get(i);
            if (tally.code.equals(code) && tally.stage.equals(stage)) {
                return tally;
            }
        }
        return null;
    }

    /** The reasons, the most frequent first. */
    public List<RejectReason> byCount() {
        List<RejectReason> all = new ArrayList<>();
        for (Tally tally : tallies) {
            all.add(new RejectReason(tally.stage, tally.code, tally.message, tally.count, tally.lines));
        }
        if (all.size() > 1) {
            all.sort((one, other) -> Long.compare(other.count(), one.count()));
        }
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
