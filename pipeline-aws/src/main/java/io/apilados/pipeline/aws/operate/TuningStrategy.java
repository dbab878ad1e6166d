// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

/** What a memory size is chosen by. */
public enum TuningStrategy {
    /** What costs least. */
    COST,
    /** What is fastest. */
    SPEED,
    /** What has the least weighted sum of cost and time, each as a share of the greatest among the sizes. */
    BALANCED;

    /**
     * The less, the better.
     *
     * @param costShare of the greatest cost
     * @param timeShare of the greatest time
     * @param costWeight of the cost, from 0 to 1; for {@link #BALANCED} only
     */
    double score(double costShare, double timeShare, double costWeight) {
        return switch (this) {
            case COST -> costShare;
            case SPEED -> timeShare;
            case BALANCED -> costWeight * costShare + (1 - costWeight) * timeShare;
        };
    }
}
