// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import io.apilados.pipeline.report.RunTimeline.Change;
import io.apilados.pipeline.report.RunTimeline.Change.Subject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A time in which something was not as it should be: drawn behind the lines of every chart. */
record ChartBand(Kind kind, double fromSeconds, double toSeconds) {

    /** What was the matter. */
    enum Kind {
        BREAKER_OPEN(Subject.BREAKER, "OPEN", "circuit breaker open", "bo"),
        BREAKER_HALF_OPEN(Subject.BREAKER, "HALF_OPEN", "circuit breaker half open", "bh"),
        MEMORY_HIGH(Subject.MEMORY, "HIGH", "memory pressure high", "mh"),
        MEMORY_CRITICAL(Subject.MEMORY, "CRITICAL", "memory pressure critical", "mc");

        private final Subject subject;
        private final String state;
        private final String title;
        private final String style;

        Kind(Subject subject, String state, String title, String style) {
            this.subject = subject;
            this.state = state;
            this.title = title;
            this.style = style;
        }

        /** For people. */
        String title() {
            return title;
        }

        /** The class of its style in the page. */
        String style() {
            return style;
        }

        Subject subject() {
            return subject;
        }

        static @Nullable Kind of(Change change) {
            for (Kind kind : values()) {
                if (kind.subject == change.what() && kind.state.equals(change.to())) {
                    return kind;
                }
            }
            return null;
        }
    }

    /**
     * Of the changes of a run that took so many seconds; without those of no length. Where there are as many changes as are
     * kept, nothing is known of the time behind the last of them.
     */
    static List<ChartBand> of(List<Change> changes, double seconds) {
        double end = changes.size() < RunTimeline.MOST_CHANGES
                ? seconds
                : Math.min(
                        seconds,
                        ChartPoints.seconds(changes.get(changes.size() - 1).at()));
        List<ChartBand> bands = new ArrayList<>();
        Map<Subject, Change> open = new EnumMap<>(Subject.class);
        for (Change change : changes) {
            Change before = open.put(change.what(), change);
            add(bands, before, ChartPoints.seconds(change.at()), end);
        }
        open.values().forEach(last -> add(bands, last, end, end));
        return bands;
    }

    private static void add(List<ChartBand> bands, @Nullable Change change, double until, double end) {
        Kind kind = change == null ? null : Kind.of(change);
        if (change != null && kind != null) {
            double from = Math.max(0, ChartPoints.seconds(change.at()));
            double to = Math.min(until, end);
            if (to > from) {
                bands.add(new ChartBand(kind, from, to));
            }
        }
    }
}
