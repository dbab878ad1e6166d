// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * Tells from what the JVM says after each collection whether the old generation was collected, and what was left in it.
 * What is in the old generation after any other collection is mostly garbage that has been promoted. Confined to one
 * thread; no clock, no JVM inside.
 *
 * <ul>
 *   <li>Serial, Parallel, and any collector's full collection: said to be major, and all was looked at.
 *   <li>G1, mixed: said to be minor. The old generation shrank in it, and it is one after which the pool's usage after
 *       collection is renewed: the old generation also shrinks in young collections, when big objects are dropped, while
 *       garbage piles up beside them.
 *   <li>G1, at the end of marking, when regions full of garbage are dropped at once: told from JDK 20 on. Before, it shows in
 *       the old generation being smaller at the start of a collection than at the end of the one before.
 *   <li>ZGC and Shenandoah without generations: every cycle looks at all there is, and leaves what was allocated meanwhile.
 *   <li>ZGC with generations: the major cycles. Shenandoah with generations: the cycles in which the old one shrinks.
 * </ul>
 */
final class OldCollections {

    static final long NOT_COLLECTED = -1;

    private final boolean generations;
    private long previousAfter;

    OldCollections(boolean generations) {
        this.generations = generations;
    }

    /** What a collection was, as far as it matters. */
    enum Kind {
        /** All was looked at. */
        FULL,
        /** A concurrent cycle has ended that began with all there was. */
        CYCLE,
        /** Any other. */
        OTHER,
        /** Part of a cycle; its figures mean nothing. */
        PAUSE
    }

    /** What a collection was, by the names that the JVM gives. */
    Kind kind(String collector, String action) {
        if (action.equals("end of major GC")) {
            return Kind.FULL;
        }
        if (collector.endsWith("Pauses")) {
            return Kind.PAUSE;
        }
        boolean cycle = action.equals("end of GC cycle");
        return cycle && (!generations || collector.endsWith("Major Cycles")) ? Kind.CYCLE : Kind.OTHER;
    }

    /**
     * What was left when the old generation was last collected.
     *
     * @param before what was in it at the start, in bytes
     * @param after and at the end
     * @param afterCollection what the JVM says was in it after its last collection; below zero if it does not say
     * @return bytes, or {@link #NOT_COLLECTED}
     */
    long liveSet(Kind kind, long before, long after, long afterCollection) {
        if (kind == Kind.PAUSE) {
            return NOT_COLLECTED;
        }
        boolean shrankMeanwhile = before < previousAfter;
        previousAfter = after;
        if (kind == Kind.FULL || kind == Kind.CYCLE) {
            return after;
        }
        if (after < before && afterCollection == after) {
            return after;
        }
        return shrankMeanwhile ? before : NOT_COLLECTED;
    }
}
