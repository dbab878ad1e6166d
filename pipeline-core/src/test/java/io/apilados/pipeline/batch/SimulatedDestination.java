// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.batch.BatchSample.Outcome;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Batches of a job against one destination that serves each slot on its own. The i-th batch draws the same noise
 * whatever its size, so sizes are compared on the same luck.
 */
final class SimulatedDestination {

    static final int BATCHES = 400;
    static final int DRIFT_AT = 150;

    private static final int MAX_BYTES = 32 * 1024;
    private static final double REFUSAL_MILLIS = 20;

    /** Milliseconds for n records; a knee makes each record beyond it eleven times as slow. */
    enum Shape {
        LINEAR,
        KNEE_150,
        KNEE_30,
        SUPERLINEAR,
        FLAT,
        REFUSES_LARGE,
        DRIFTING;

        double millis(double n, int batch) {
            return switch (this) {
                case LINEAR -> 40 + 0.4 * n;
                case KNEE_150 -> knee(n, 150);
                case KNEE_30 -> knee(n, 30);
                case SUPERLINEAR -> 30 + 0.05 * Math.pow(n, 1.6);
                case FLAT -> 5 + 0.5 * n;
                case REFUSES_LARGE -> 200 * n > MAX_BYTES ? REFUSAL_MILLIS + 2 * millis(n / 2, batch) : 40 + 0.4 * n;
                case DRIFTING -> knee(n, batch < DRIFT_AT ? 300 : 70);
            };
        }

        private static double knee(double n, int at) {
            return 40 + 0.4 * n + 4 * Math.max(0, n - at);
        }
    }

    /** Spread of the logarithm of the noise, and how many requests take eight times as long. */
    enum Noise {
        LOW(0.05, 0),
        MIDDLE(0.3, 0.01),
        HIGH(0.6, 0.02);

        private final double sigma;
        private final double spikes;

        Noise(double sigma, double spikes) {
            this.sigma = sigma;
            this.spikes = spikes;
        }
    }

    private final Shape shape;
    private final double[] factor = new double[BATCHES];
    private final double[] bytes = new double[BATCHES];

    SimulatedDestination(Shape shape, Noise noise, long seed) {
        this.shape = shape;
        Random random = new Random(31 * seed + noise.ordinal());
        for (int i = 0; i < BATCHES; i++) {
            double spike = random.nextDouble() < noise.spikes ? 8 : 1;
            factor[i] = spike * Math.exp(noise.sigma * random.nextGaussian());
            bytes[i] = random.nextGaussian();
        }
    }

    /** Records have 200 bytes on the mean, with a standard deviation of 60. */
    private boolean refuses(int size, int batch) {
        return shape == Shape.REFUSES_LARGE && 200 * size + 60 * Math.sqrt(size) * bytes[batch] > MAX_BYTES;
    }

    private double millis(int size, int batch) {
        double undisturbed = refuses(size, batch)
                ? REFUSAL_MILLIS + 2 * shape.millis(size / 2.0, batch)
                : shape == Shape.REFUSES_LARGE ? Shape.LINEAR.millis(size, batch) : shape.millis(size, batch);
        return factor[batch] * undisturbed;
    }

    /** Records a millisecond and slot where all of the batches from one to the other have this size. */
    double goodputOf(int size, int from, int to) {
        double millis = 0;
        for (int i = from; i < to; i++) {
            millis += millis(size, i);
        }
        return size * (to - from) / millis;
    }

    /** Of the best size from 10 to 500. */
    double bestGoodput(int from, int to) {
        double best = 0;
        for (int size = 10; size <= 500; size += 1 + size / 50) {
            best = Math.max(best, goodputOf(size, from, to));
        }
        return best;
    }

    /** What was sent, and what came of it. */
    static final class Job {
        private final int[] sizes = new int[BATCHES];
        private final double[] millis = new double[BATCHES];
        private int refused;

        double goodput(int from, int to) {
            double records = 0;
            double time = 0;
            for (int i = from; i < to; i++) {
                records += sizes[i];
                time += millis[i];
            }
            return records / time;
        }

        int refused() {
            return refused;
        }

        int changes(int from, int to) {
            int changes = 0;
            for (int i = from + 1; i < to; i++) {
                changes += sizes[i] == sizes[i - 1] ? 0 : 1;
            }
            return changes;
        }
    }

    private record Flight(int batch, int inFlight, double start, double end) {}

    /** A batch takes the size that was said when the one before it left, as the batch processor gathers them. */
    Job run(SizeRule sizer, int inFlight) {
        Job job = new Job();
        PriorityQueue<Flight> flights = new PriorityQueue<>(Comparator.comparingDouble(Flight::end));
        double now = 0;
        int gathered = sizer.size();
        for (int i = 0; i < BATCHES; i++) {
            if (flights.size() == inFlight) {
                Flight first = flights.remove();
                now = first.end;
                sizer.onSample(sample(job.sizes[first.batch], first));
            }
            job.sizes[i] = gathered;
            job.millis[i] = millis(gathered, i);
            job.refused += refuses(gathered, i) ? 1 : 0;
            flights.add(new Flight(i, flights.size() + 1, now, now + job.millis[i]));
            gathered = sizer.size();
        }
        return job;
    }

    private BatchSample sample(int size, Flight flight) {
        Outcome outcome = refuses(size, flight.batch) ? Outcome.TOO_LARGE : Outcome.CLEAN;
        return new BatchSample(
                size, 0, flight.inFlight, Math.round(flight.start * 1e6), Math.round(flight.end * 1e6), outcome);
    }
}
