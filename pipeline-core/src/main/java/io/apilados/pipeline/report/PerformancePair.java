// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

/**
 * Two performance tests whose runs were made in turns: the first run of each, the second run of each, and so on. What
 * slows the machine down for a while strikes both. Immutable.
 *
 * @param baseline what the other is compared with
 * @param candidate what is compared; it must have as many runs
 */
public record PerformancePair(PerformanceReport baseline, PerformanceReport candidate) {

    public PerformancePair {
        if (baseline.samples().size() != candidate.samples().size()) {
            throw new IllegalArgumentException("the candidate had "
                    + candidate.samples().size() + " runs but it must be "
                    + baseline.samples().size() + ", as many as the baseline has");
        }
    }

    /** The candidate compared with the baseline by the default rule. */
    public Comparison compare() {
        return candidate.compare(baseline);
    }

    /**
     * The candidate compared with the baseline. What both had to bear in turns widens the interval and shifts it little: it
     * is judged as if the runs were not in pairs, since one disturbed run would spoil a pair.
     *
     * @throws IllegalArgumentException if a run does not tell the rule's metric
     */
    public Comparison compare(ComparisonRule rule) {
        return candidate.compare(baseline, rule);
    }
}
