// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;

/**
 * A job of many workers in discrete time: each works on one split at the rate that it has, is lost at random, comes back
 * after a while, and then its split goes on from its last checkpoint with whichever worker is free. Follows from the seed.
 *
 * @param requests of the whole job
 * @param rate requests a second of all workers
 * @param workers how many there are
 * @param splits how many pieces of equal size
 * @param requestSeconds how long a worker takes for a request, those beside it divided out
 * @param lossesPerHour how often a worker is lost
 * @param restartSeconds until it is back
 * @param checkpointSeconds between two checkpoints of a split; infinite for none
 * @param leased whether workers without a split leave their part of the rate to others
 * @param step of time, in seconds
 */
record ScalingSimulation(
        double requests,
        double rate,
        int workers,
        int splits,
        double requestSeconds,
        double lossesPerHour,
        double restartSeconds,
        double checkpointSeconds,
        boolean leased,
        double step) {

    /**
     * What came of it.
     *
     * @param seconds from the first to the last request
     * @param sent requests, those that were sent again included
     * @param done requests of splits that are at their end
     * @param losses how often a worker was lost
     * @param busiestSecond requests a second of all workers at the busiest moment
     */
    record Result(double seconds, double sent, double done, int losses, double busiestSecond) {
        double resentShare(double requests) {
            return (sent - requests) / requests;
        }
    }

    private static final int IDLE = -1;

    Result run(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double size = requests / splits;
        double[] saved = new double[splits];
        double[] at = new double[workers];
        double[] sinceCheckpoint = new double[workers];
        double[] backAt = new double[workers];
        int[] split = new int[workers];
        Arrays.fill(split, IDLE);
        Deque<Integer> open = new ArrayDeque<>();
        for (int i = 0; i < splits; i++) {
            open.add(i);
        }
        double lossInStep = lossesPerHour * step / 3_600;
        double now = 0;
        double sent = 0;
        double done = 0;
        double busiest = 0;
        int losses = 0;
        int left = splits;
        while (left > 0) {
            int active = 0;
            for (int w = 0; w < workers; w++) {
                if (split[w] == IDLE && backAt[w] <= now && !open.isEmpty()) {
                    split[w] = open.poll();
                    at[w] = saved[split[w]];
                    sinceCheckpoint[w] = 0;
                }
                active += split[w] == IDLE ? 0 : 1;
            }
            double share = rate / (leased ? Math.max(1, active) : workers);
            double inStep = Math.min(share, 1 / requestSeconds) * step;
            double sentInStep = 0;
            for (int w = 0; w < workers; w++) {
                if (split[w] == IDLE) {
                    continue;
                }
                double progress = Math.min(inStep, size - at[w]);
                sentInStep += progress;
                at[w] += progress;
                sinceCheckpoint[w] += step;
                if (at[w] >= size - 1e-9) {
                    done += size;
                    left--;
                    split[w] = IDLE;
                } else if (random.nextDouble() < lossInStep) {
                    losses++;
                    open.addFirst(split[w]);
                    split[w] = IDLE;
                    backAt[w] = now + restartSeconds;
                } else if (sinceCheckpoint[w] >= checkpointSeconds) {
                    saved[split[w]] = at[w];
                    sinceCheckpoint[w] = 0;
                }
            }
            sent += sentInStep;
            busiest = Math.max(busiest, sentInStep / step);
            now += step;
        }
        return new Result(now, sent, done, losses, busiest);
    }
}
