// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/**
 * Judges how short memory is by three quantities, each with its own {@link PressureJudge}; the gravest counts. It has no
 * clock: whoever feeds it says what time it is. Confined to one thread.
 *
 * <ul>
 *   <li>What a collection left in the old generation, as a share of what that can hold. Never the used heap: it fills with
 *       garbage whatever is in use. After a collection that looked at all of it (a full one) the figure is right at once.
 *       After one of many partial ones (G1's mixed collections, a concurrent cycle) it is too high until the last of
 *       them, so it counts only when the next is no lower or none has followed for three seconds.
 *   <li>The resident set as a share of the container's limit. Evidence is that it moves: a heap that has once been filled
 *       stays resident, and a resident set that is high and does not grow kills nobody.
 *   <li>The share of the last ten seconds in which the collector stopped all threads. It means nothing while not even half
 *       of the heap is used, garbage included, and CRITICAL only while the heap is not known to have room: a machine that is
 *       short of processors makes pauses long too, and no pause in reading helps against that.
 * </ul>
 */
final class PressureGauge {

    private static final long GC_WINDOW = 10_000_000_000L;
    private static final long SETTLED = 3_000_000_000L;
    private static final long ASK_AFTER = 5_000_000_000L;
    private static final double CONTAINER_STEP = 0.01;

    /** With less of the heap in use, garbage included, memory is not short. */
    private static final double PLENTY = 0.5;

    private final PressureJudge heap;
    private final PressureJudge container;
    private final PressureJudge collecting;

    private final double roomy;
    private double left = Double.NaN;
    private double pending = Double.NaN;
    private long pendingAt;
    private double containerShare = Double.NaN;

    /** A ring of what was read in the last ten seconds: when, and how long all threads had been stopped until then. */
    private final long[] readAt;

    private final long[] pausedUntil;
    private int oldest;
    private int size;
    private double gcShare;

    PressureGauge(Levels levels, long intervalNanos) {
        this.heap = new PressureJudge(levels.heap);
        this.container = new PressureJudge(levels.container);
        this.collecting = new PressureJudge(levels.collecting);
        this.roomy = levels.heap.calmHigh();
        int readings = (int) (GC_WINDOW / intervalNanos) + 2;
        this.readAt = new long[readings];
        this.pausedUntil = new long[readings];
    }

    /** The marks of the three quantities. */
    record Levels(PressureJudge.Marks heap, PressureJudge.Marks container, PressureJudge.Marks collecting) {}

    /**
     * The old generation was collected.
     *
     * @param share what was left in it, of what it can hold
     * @param whole whether all of it was looked at
     */
    void collected(long nanos, double share, boolean whole) {
        if (whole) {
            pending = Double.NaN;
            heapHolds(nanos, share);
            return;
        }
        if (share >= pending) {
            heapHolds(nanos, pending);
        }
        pending = share;
        pendingAt = nanos;
    }

    /**
     * The level now.
     *
     * @param pausedNanos for how long all threads have been stopped since the JVM began
     * @param ofContainer the resident set's share of the limit; NaN if one of them is not known
     * @param ofHeap the used heap's share of the greatest, garbage included; NaN if it is not known
     */
    Pressure read(long nanos, long pausedNanos, double ofContainer, double ofHeap) {
        if (nanos - pendingAt >= SETTLED && !Double.isNaN(pending)) {
            heapHolds(nanos, pending);
            pending = Double.NaN;
        }
        if (Double.isNaN(containerShare) || Math.abs(ofContainer - containerShare) >= CONTAINER_STEP) {
            containerShare = ofContainer;
            container.evidence(nanos, ofContainer);
        }
        gcShare = gcShare(nanos, pausedNanos);
        collecting.evidence(nanos, gcShare);
        return gravest(heap.level(nanos), gravest(container.level(nanos), collectingLevel(nanos, ofHeap)));
    }

    private void heapHolds(long nanos, double share) {
        left = share;
        heap.evidence(nanos, share);
    }

    private Pressure collectingLevel(long nanos, double ofHeap) {
        Pressure level = collecting.level(nanos);
        if (ofHeap < PLENTY) {
            return Pressure.NONE;
        }
        return level == Pressure.CRITICAL && left < roomy ? Pressure.HIGH : level;
    }

    private static Pressure gravest(Pressure one, Pressure other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /** While the window is not full, what is missing counts as free of pauses: a start is no emergency. */
    private double gcShare(long nanos, long pausedNanos) {
        while (size > 1 && (nanos - readAt[(oldest + 1) % readAt.length] >= GC_WINDOW || size == readAt.length)) {
            oldest = (oldest + 1) % readAt.length;
            size--;
        }
        int place = (oldest + size++) % readAt.length;
        readAt[place] = nanos;
        pausedUntil[place] = pausedNanos;
        double window = Math.max(GC_WINDOW, nanos - readAt[oldest]);
        return Math.min(1, (pausedNanos - pausedUntil[oldest]) / window);
    }

    /** The share of the last ten seconds in which all threads were stopped. */
    double gcShare() {
        return gcShare;
    }

    /** Whether a full collection would tell what nothing else does: reading is paused for a heap not looked at of late. */
    boolean isUnsure(long nanos) {
        return heap.level(nanos) == Pressure.CRITICAL && heap.age(nanos) >= ASK_AFTER;
    }
}
