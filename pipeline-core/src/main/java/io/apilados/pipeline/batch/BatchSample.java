// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

/**
 * How it went with a batch, as the adaptation of the batch size sees it.
 *
 * @param records how many records it had
 * @param bytes how large it was as far as is known; 0 where nothing is
 * @param inFlight how many batches were in flight when it was first sent, itself included; 0 where that is not known
 * @param startNanos when it was first sent
 * @param endNanos when all of its records were settled
 * @param outcome whether its duration says something about its size
 */
public record BatchSample(int records, long bytes, int inFlight, long startNanos, long endNanos, Outcome outcome) {

    /** Whether a duration says something about a size. */
    public enum Outcome {
        /** It was delivered at the first attempt. */
        CLEAN,
        /** It was retried, split or stopped: its duration says nothing. */
        DISTURBED,
        /** The destination refused it as too large. */
        TOO_LARGE
    }

    /** A batch of which nobody knows how many others were in flight. */
    public BatchSample(int records, long bytes, long startNanos, long endNanos, Outcome outcome) {
        this(records, bytes, 0, startNanos, endNanos, outcome);
    }
}
