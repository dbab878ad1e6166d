// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.util.ArrayList;
import java.util.List;

/**
 * What a chunk of bytes does to a scan, for every state in which the scan may enter it. Chunks are scanned apart from
 * each other and in any order; {@link #then} is associative, and put together in the order of the source they give what
 * one scan of all bytes gives. The idea is that of ParPaRaw (Stehle, Jacobsen: PVLDB 13(5), 2020). Immutable.
 *
 * @param length in bytes
 * @param lines the line ends, whatever the state; a line feed at the start counts, though it may belong to a carriage
 *     return before it
 * @param lineFeedFirst whether the first byte is a line feed
 * @param returnLast whether the last byte is a carriage return
 * @param lanes by the ordinal of the state at the chunk's start
 */
record ChunkEffect(long length, long lines, boolean lineFeedFirst, boolean returnLast, List<ChunkLane> lanes) {

    /** Of no bytes. */
    static final ChunkEffect NONE = none();

    ChunkEffect {
        lanes = List.copyOf(lanes);
    }

    private static ChunkEffect none() {
        List<ChunkLane> lanes = new ArrayList<>();
        for (int i = 0; i < CsvState.count(); i++) {
            lanes.add(ChunkLane.empty(CsvState.of(i)));
        }
        return new ChunkEffect(0, 0, false, false, lanes);
    }

    /** The effect on a scan that enters in this state. */
    ChunkLane from(CsvState entry) {
        return lanes.get(entry.ordinal());
    }

    /** The effect of this chunk and the one after it. */
    ChunkEffect then(ChunkEffect next) {
        if (length == 0) {
            return next;
        }
        if (next.length == 0) {
            return this;
        }
        long linesBefore = linesBefore(next);
        List<ChunkLane> both = new ArrayList<>(lanes.size());
        for (ChunkLane lane : lanes) {
            both.add(lane.then(next.from(lane.exit()), length, linesBefore));
        }
        return new ChunkEffect(length + next.length, linesBefore + next.lines, lineFeedFirst, next.returnLast, both);
    }

    /** The line ends in this chunk that {@code next}, the one after it, does not count as its own. */
    long linesBefore(ChunkEffect next) {
        return returnLast && next.lineFeedFirst ? lines - 1 : lines;
    }
}
