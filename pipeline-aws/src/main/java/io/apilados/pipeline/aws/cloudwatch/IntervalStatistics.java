// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Count, sum, least and greatest since they were last taken, and since the beginning. Safe for use by many threads. */
final class IntervalStatistics {

    private final ReentrantLock lock = new ReentrantLock();
    private long count;
    private double sum;
    private double min;
    private double max;
    private long totalCount;
    private double totalSum;
    private double greatest;

    void add(double value) {
        lock.lock();
        try {
            min = count == 0 ? value : Math.min(min, value);
            max = count == 0 ? value : Math.max(max, value);
            count++;
            sum += value;
            totalCount++;
            totalSum += value;
            greatest = Math.max(greatest, value);
        } finally {
            lock.unlock();
        }
    }

    /** What came since the last time; null if nothing did. */
    @Nullable MetricSample take(String name, Map<String, String> dimensions, String unit) {
        lock.lock();
        try {
            if (count == 0) {
                return null;
            }
            MetricSample taken = new MetricSample(name, dimensions, unit, count, sum, min, max);
            count = 0;
            sum = 0;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    long totalCount() {
        lock.lock();
        try {
            return totalCount;
        } finally {
            lock.unlock();
        }
    }

    double totalSum() {
        lock.lock();
        try {
            return totalSum;
        } finally {
            lock.unlock();
        }
    }

    double greatest() {
        lock.lock();
        try {
            return greatest;
        } finally {
            lock.unlock();
        }
    }
}
