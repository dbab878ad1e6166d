// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

/**
 * What a chunk of bytes does to a scan that enters it in one certain state. Offsets and lines are counted from the
 * chunk's start. After a broken quote nothing more is counted. Immutable.
 *
 * @param exit the state after the last byte; {@link CsvState#BROKEN} if a quote is broken in the chunk
 * @param broken where the byte stands that may not follow a closing quote; -1 if there is none
 * @param records how many records start here, blank lines left out
 * @param first where the first of them starts; -1 if none does
 * @param firstLine how many line ends stand before it
 * @param last where the last of them starts; -1 if none does
 * @param lastLine how many line ends stand before it
 * @param longest the longest way in bytes from one start to the next; 0 if there are not two
 * @param head what the chunk adds to the record that was open when it was entered
 * @param headEnds whether that record ends here; true if there was none
 * @param tail what is known of the record that starts here and is still open at the end
 * @param leastFields the least number of fields of the records that start and end here and take several lines;
 *     {@link Long#MAX_VALUE} if there are none
 * @param mostFields the largest number of their fields; 0 if there are none
 */
record ChunkLane(
        CsvState exit,
        long broken,
        long records,
        long first,
        long firstLine,
        long last,
        long lastLine,
        long longest,
        Part head,
        boolean headEnds,
        Part tail,
        long leastFields,
        long mostFields) {

    /**
     * A stretch of one record.
     *
     * @param delimiters how many of its delimiters separate fields
     * @param hasLineEnd whether a line end stands inside of a field
     */
    record Part(long delimiters, boolean hasLineEnd) {

        static final Part NONE = new Part(0, false);

        Part plus(Part next) {
            return new Part(delimiters + next.delimiters, hasLineEnd || next.hasLineEnd);
        }
    }

    /** Of no bytes at all. */
    static ChunkLane empty(CsvState entry) {
        long broken = entry == CsvState.BROKEN ? 0 : -1;
        return part(entry, broken, Part.NONE, !entry.isInRecord());
    }

    /** Of bytes in which no record starts. */
    static ChunkLane part(CsvState exit, long broken, Part head, boolean headEnds) {
        return new ChunkLane(exit, broken, 0, -1, 0, -1, 0, 0, head, headEnds, Part.NONE, Long.MAX_VALUE, 0);
    }

    /** Of bytes that begin with a record and hold no other one. */
    static ChunkLane record(CsvState exit, long broken, Part part) {
        ChunkLane open = new ChunkLane(exit, broken, 1, 0, 0, 0, 0, 0, Part.NONE, true, part, Long.MAX_VALUE, 0);
        boolean ended = !exit.isInRecord() && exit != CsvState.BROKEN;
        return ended ? open.endingWith(part) : open;
    }

    /**
     * The effect of this chunk and the next one together.
     *
     * @param next of the next chunk, entered in the state in which this one is left
     * @param length of this chunk in bytes
     * @param lines the line ends in this chunk
     */
    ChunkLane then(ChunkLane next, long length, long lines) {
        if (exit == CsvState.BROKEN) {
            return this;
        }
        boolean open = exit.isInRecord();
        boolean openedBefore = open && last < 0;
        Part joined = (openedBefore ? head : tail).plus(next.head);
        boolean endsNow = open && !openedBefore && next.headEnds;
        boolean staysOpen = open && !openedBefore && !next.headEnds;
        ChunkLane both = new ChunkLane(
                next.exit,
                next.broken < 0 ? -1 : length + next.broken,
                records + next.records,
                first >= 0 || next.first < 0 ? first : length + next.first,
                first >= 0 || next.first < 0 ? firstLine : lines + next.firstLine,
                next.last < 0 ? last : length + next.last,
                next.last < 0 ? lastLine : lines + next.lastLine,
                Math.max(Math.max(longest, next.longest), last < 0 || next.first < 0 ? 0 : length + next.first - last),
                openedBefore ? joined : head,
                openedBefore ? next.headEnds : headEnds,
                staysOpen ? joined : next.tail,
                Math.min(leastFields, next.leastFields),
                Math.max(mostFields, next.mostFields));
        return endsNow ? both.withFieldsOf(joined) : both;
    }

    private ChunkLane endingWith(Part record) {
        ChunkLane ended = new ChunkLane(
                exit,
                broken,
                records,
                first,
                firstLine,
                last,
                lastLine,
                longest,
                head,
                headEnds,
                Part.NONE,
                leastFields,
                mostFields);
        return ended.withFieldsOf(record);
    }

    private ChunkLane withFieldsOf(Part record) {
        if (!record.hasLineEnd) {
            return this;
        }
        long fields = record.delimiters + 1;
        return new ChunkLane(
                exit,
                broken,
                records,
                first,
                firstLine,
                last,
                lastLine,
                longest,
                head,
                headEnds,
                tail,
                Math.min(leastFields, fields),
                Math.max(mostFields, fields));
    }
}
