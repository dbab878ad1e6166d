// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.LeakVerdict.Verdict;
import java.time.Duration;

/**
 * Judges by the live sets that collections of the old generation left behind whether they grow without end. It has no
 * clock: whoever feeds it says what time it is. Confined to one thread.
 *
 * <p>How: a window has seven parts, and of each part only the lowest live set counts, since what a collection leaves is
 * what is in use and what it did not get at [1]. The pace is the median of the slopes between any two parts (Theil and
 * Sen), which a wild part or two do not move; the share of pairs that rise is Kendall's rank correlation in other words [2].
 * A window speaks of growth if at least 80 % of the pairs rise, a straight line explains at least 80 % of the variance, the
 * growth is 8 MB and 10 % of the live set or more, and its last four parts grow at half the pace or more, which those of a
 * cache that has filled up do not. Two such windows in a row, the second a part later, make the suspicion.
 *
 * <p>Leaks are fast or slow, so there are four windows, each six times as long as the one before: 17.5 seconds, 2, 11 and 63
 * minutes. The gravest verdict counts; of equal ones, that of the longest window, which knows most.
 *
 * <p>[1] Judging the used heap instead, as is often done, calls up to 94 % of the windows of a process without a leak one
 * with a leak; see docs/memory.md. [2] P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", Journal
 * of the American Statistical Association 63 (1968).
 */
final class LeakDetector {

    static final Duration SHORTEST_WINDOW = Duration.ofMillis(17_500);
    private static final int WINDOWS = 4;
    private static final int TIMES_LONGER = 6;

    private final LeakWindow[] windows = new LeakWindow[WINDOWS];

    LeakDetector(Duration shortestWindow) {
        Duration part = shortestWindow.dividedBy(LeakWindow.PARTS);
        for (int i = 0; i < WINDOWS; i++) {
            windows[i] = new LeakWindow(part);
            part = part.multipliedBy(TIMES_LONGER);
        }
    }

    /** The old generation was collected, and so much was left. */
    void add(long nanos, long liveSet) {
        for (LeakWindow window : windows) {
            window.add(nanos, liveSet);
        }
    }

    /** The verdict at a time no earlier than that of the last collection. */
    LeakVerdict verdict(long nanos) {
        LeakVerdict gravest = LeakVerdict.UNKNOWN;
        for (LeakWindow window : windows) {
            window.pass(nanos);
            LeakVerdict verdict = window.verdict();
            if (verdict.verdict().compareTo(gravest.verdict()) >= 0 && verdict.verdict() != Verdict.INSUFFICIENT_DATA) {
                gravest = verdict;
            }
        }
        return gravest;
    }
}
