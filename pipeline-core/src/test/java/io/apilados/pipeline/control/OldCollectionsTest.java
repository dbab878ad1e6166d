// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static io.apilados.pipeline.control.OldCollections.NOT_COLLECTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.control.OldCollections.Kind;
import org.junit.jupiter.api.Test;

/** Notifications as JDK 17 and 25 sent them, in KB of the old generation. */
class OldCollectionsTest {

    private static final String MINOR = "end of minor GC";

    private final OldCollections generations = new OldCollections(true);
    private final OldCollections single = new OldCollections(false);

    private long told(String collector, String action, long before, long after, long afterCollection) {
        return generations.liveSet(generations.kind(collector, action), before, after, afterCollection);
    }

    @Test
    void serialAndParallelTellWithFullCollectionsOnly() {
        assertThat(told("Copy", MINOR, 69810, 73315, 45283)).isEqualTo(NOT_COLLECTED);
        assertThat(told("MarkSweepCompact", "end of major GC", 73315, 45256, 45256))
                .isEqualTo(45256);
        assertThat(told("PS Scavenge", MINOR, 45256, 45256, 45256)).isEqualTo(NOT_COLLECTED);
    }

    @Test
    void g1Of17ShowsWhatMarkingDroppedAtTheNextCollection() {
        String young = "G1 Young Generation";
        assertThat(told(young, MINOR, 57565, 62189, 52332)).isEqualTo(NOT_COLLECTED);
        assertThat(told(young, MINOR, 43757, 48072, 52332)).isEqualTo(43757);
        assertThat(told(young, MINOR, 48072, 51977, 52332)).isEqualTo(NOT_COLLECTED);
    }

    @Test
    void g1Of25SaysWhatMarkingDropped() {
        String marking = "G1 Concurrent GC";
        String action = "end of concurrent GC pause";
        assertThat(told(marking, action, 62094, 43662, 43662)).isEqualTo(43662);
        assertThat(told(marking, action, 43662, 43662, 43662)).isEqualTo(NOT_COLLECTED);
        assertThat(told("G1 Young Generation", MINOR, 43662, 49294, 49294)).isEqualTo(NOT_COLLECTED);
    }

    @Test
    void g1sMixedCollectionsCountAndYoungOnesThatDropBigObjectsDoNot() {
        String young = "G1 Young Generation";
        assertThat(told(young, MINOR, 70000, 64000, 64000)).isEqualTo(64000);
        assertThat(told(young, MINOR, 64000, 62000, 64000)).isEqualTo(NOT_COLLECTED);
    }

    @Test
    void everyCycleOfASingleGenerationCountsAndItsPausesDoNot() {
        assertThat(single.kind("ZGC Cycles", "end of GC cycle")).isEqualTo(Kind.CYCLE);
        assertThat(single.liveSet(Kind.CYCLE, 118784, 49152, 49152)).isEqualTo(49152);
        assertThat(single.kind("Shenandoah Cycles", "end of GC cycle")).isEqualTo(Kind.CYCLE);
        assertThat(single.kind("Shenandoah Pauses", "Final Mark")).isEqualTo(Kind.PAUSE);
        assertThat(single.liveSet(Kind.PAUSE, 0, 0, 44187)).isEqualTo(NOT_COLLECTED);
        assertThat(single.liveSet(Kind.CYCLE, 44237, 44165, 44165)).isEqualTo(44165);
    }

    @Test
    void zgcWithGenerationsTellsWithMajorCycles() {
        assertThat(generations.kind("ZGC Major Cycles", "end of GC cycle")).isEqualTo(Kind.CYCLE);
        assertThat(generations.kind("ZGC Minor Cycles", "end of GC cycle")).isEqualTo(Kind.OTHER);
        assertThat(generations.kind("ZGC Major Pauses", "end of GC pause")).isEqualTo(Kind.PAUSE);
        assertThat(told("ZGC Minor Cycles", "end of GC cycle", 40960, 45056, 45056))
                .isEqualTo(NOT_COLLECTED);
        assertThat(told("ZGC Major Cycles", "end of GC cycle", 45056, 47104, 47104))
                .isEqualTo(47104);
    }

    @Test
    void shenandoahWithGenerationsTellsWhenTheOldOneShrinks() {
        String cycles = "Shenandoah Cycles";
        assertThat(told(cycles, "end of GC cycle", 40191, 43224, 43224)).isEqualTo(NOT_COLLECTED);
        assertThat(told(cycles, "end of GC cycle", 43224, 38000, 38000)).isEqualTo(38000);
    }
}
