// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.batch.BatchSample.Outcome;
import java.util.Arrays;

/**
 * Chooses the batch size by the goodput of whole blocks of batches.
 *
 * <p>Why blocks: where a destination works on several batches at once, a large batch finishes its own records faster at
 * the expense of its neighbours, so judging a size by the latency of its own batches ends too high. What counts is how
 * many records a second come through in all while a size is in use. Sizes stand on a ladder, each about 1.4 times the
 * one below. A block is measured on one rung; then the rung above is tried, and kept if it gains at least 5 %; if not,
 * the one below, kept if it loses less than 1 %, because smaller batches cost less when they fail. After that the size
 * stays for a while, for longer each time that nothing better was found.
 *
 * <p>A pure function of samples: no clock, no thread. Confined to its caller.
 */
final class BatchSizer {

    private static final int BLOCK_BATCHES = 12;
    private static final double GAIN_UP = 1.05;
    private static final double LOSS_DOWN = 0.99;
    private static final int LONGEST_REST = 32;

    private final int[] ladder;
    private int rung;
    private int ceiling;

    private Trial trial = Trial.NONE;
    private int rest;
    private int nextRest = 2;
    private double reference;

    private long blockStart = Long.MIN_VALUE;
    private long blockEnd = Long.MIN_VALUE;
    private int batches;
    private long records;

    private enum Trial {
        NONE,
        UP,
        DOWN
    }

    BatchSizer(BatchSizing sizing) {
        ladder = ladder(sizing);
        rung = Arrays.binarySearch(ladder, sizing.initial());
        ceiling = ladder.length - 1;
    }

    private static int[] ladder(BatchSizing sizing) {
        int[] rungs = new int[64];
        int count = 0;
        for (double size = sizing.initial(); size > sizing.min(); size /= Math.sqrt(2)) {
            rungs[count++] = (int) Math.round(size);
        }
        rungs[count++] = sizing.min();
        for (double size = sizing.initial() * Math.sqrt(2); size < sizing.max(); size *= Math.sqrt(2)) {
            rungs[count++] = (int) Math.round(size);
        }
        rungs[count++] = sizing.max();
        return Arrays.stream(rungs, 0, count).sorted().distinct().toArray();
    }

    /** How many records the next batch takes. */
    int size() {
        return ladder[rung];
    }

    /** A batch was settled. */
    void onSample(BatchSample sample) {
        if (sample.outcome() == Outcome.TOO_LARGE) {
            lowerCeiling(sample.records());
            return;
        }
        boolean another =
                sample.records() != size() || (blockStart != Long.MIN_VALUE && sample.startNanos() < blockStart);
        if (sample.outcome() != Outcome.CLEAN || another) {
            return;
        }
        if (blockStart == Long.MIN_VALUE) {
            blockStart = sample.endNanos();
            return;
        }
        blockEnd = Math.max(blockEnd, sample.endNanos());
        records += sample.records();
        if (++batches >= BLOCK_BATCHES) {
            endBlock(records / (double) Math.max(1, blockEnd - blockStart));
        }
    }

    private void lowerCeiling(int refused) {
        while (ceiling > 0 && ladder[ceiling] >= refused) {
            ceiling--;
        }
        if (rung > ceiling) {
            moveTo(ceiling);
            trial = Trial.NONE;
        }
    }

    private void endBlock(double goodput) {
        switch (trial) {
            case UP -> {
                if (goodput >= reference * GAIN_UP) {
                    keep(goodput);
                } else {
                    moveTo(rung - 1);
                    tryDown();
                }
            }
            case DOWN -> {
                if (goodput >= reference * LOSS_DOWN) {
                    keep(goodput);
                } else {
                    moveTo(rung + 1);
                    settle();
                }
            }
            case NONE -> {
                reference = goodput;
                if (--rest > 0) {
                    startBlock();
                } else if (rung < ceiling) {
                    trial = Trial.UP;
                    moveTo(rung + 1);
                } else {
                    tryDown();
                }
            }
        }
    }

    private void keep(double goodput) {
        reference = goodput;
        nextRest = 2;
        boolean further = trial == Trial.UP ? rung < ceiling : rung > 0;
        if (further) {
            moveTo(trial == Trial.UP ? rung + 1 : rung - 1);
        } else {
            settle();
        }
    }

    private void tryDown() {
        if (rung == 0) {
            settle();
        } else {
            trial = Trial.DOWN;
            moveTo(rung - 1);
        }
    }

    private void settle() {
        trial = Trial.NONE;
        rest = nextRest;
        nextRest = Math.min(LONGEST_REST, 2 * nextRest);
        startBlock();
    }

    private void moveTo(int other) {
        rung = other;
        startBlock();
    }

    private void startBlock() {
        blockStart = Long.MIN_VALUE;
        blockEnd = Long.MIN_VALUE;
        batches = 0;
        records = 0;
    }
}
