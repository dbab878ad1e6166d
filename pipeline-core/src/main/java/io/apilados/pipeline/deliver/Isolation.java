// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import java.util.ArrayDeque;

/**
 * Finds the bad records of a batch that was refused as a whole, and says what to send next; a pure function of answers.
 *
 * <p>This is group testing (Dorfman, 1943) where every test that passes also delivers. A stretch known to hold a bad
 * record is halved: if the first half passes, the second must be the bad one and is halved without being sent; if it is
 * refused, nothing is known of the second, which goes back to the stretch that is not known. A single record is
 * rejected only when it was itself sent and refused, so that a wrong guess costs a request and never a record. So one
 * bad record among 500 takes about a dozen requests.
 *
 * <p>The stretch that is not known is sent as a whole as long as few records are bad. When several were found, as much
 * of it is sent at a time as passes with an even chance at the share of bad records so far (the idea of Hwang's
 * generalized binary splitting, 1972): where every record is bad, each costs hardly more than one request.
 */
final class Isolation {

    /** With fewer bad records found, the share of bad ones is not worth an estimate. */
    private static final int FOUND_BEFORE_ESTIMATE = 4;

    private static final double EVEN_CHANCE = Math.log(2);

    private final ArrayDeque<Range> unknown = new ArrayDeque<>();

    /** Holds a bad record; null if none is known. */
    private Range bad;

    /** What was sent last. */
    private Range sent = Range.NOTHING;

    private int found;
    private int resolved;

    /** Members of the batch, {@code to} exclusive. */
    record Range(int from, int to) {
        static final Range NOTHING = new Range(0, 0);

        int size() {
            return to - from;
        }
    }

    /** A batch of so many records was refused. */
    Isolation(int size) {
        bad = new Range(0, size);
    }

    /** Whether there is nothing more to send. */
    boolean isDone() {
        return bad.size() == 0 && unknown.isEmpty();
    }

    /** What to send next. */
    Range next() {
        if (bad.size() == 0) {
            sent = fromUnknown();
        } else if (bad.size() == 1) {
            sent = bad;
        } else {
            sent = new Range(bad.from, bad.from + bad.size() / 2);
        }
        return sent;
    }

    private Range fromUnknown() {
        Range first = unknown.pop();
        int size = first.size();
        if (found >= FOUND_BEFORE_ESTIMATE) {
            int evenChance = (int) (EVEN_CHANCE * resolved / found);
            size = Math.max(1, Math.min(size, evenChance));
        }
        if (size < first.size()) {
            unknown.push(new Range(first.from + size, first.to));
        }
        return new Range(first.from, first.from + size);
    }

    /** What was sent last is settled: it arrived, or was answered for record by record. */
    void settled() {
        resolved += sent.size();
        bad = bad.size() == 0 ? Range.NOTHING : new Range(sent.to, bad.to);
    }

    /**
     * What was sent last was refused.
     *
     * @return whether it is a single record, which is to be rejected
     */
    boolean refused() {
        if (bad.size() > 0 && sent.to < bad.to) {
            putBack(new Range(sent.to, bad.to));
        }
        if (sent.size() > 1) {
            bad = sent;
            return false;
        }
        resolved++;
        found++;
        bad = Range.NOTHING;
        return true;
    }

    /** Joins it with the stretch that follows it. */
    private void putBack(Range range) {
        Range after = unknown.peek();
        if (after != null && after.from == range.to) {
            unknown.pop();
            unknown.push(new Range(range.from, after.to));
        } else {
            unknown.push(range);
        }
    }
}
