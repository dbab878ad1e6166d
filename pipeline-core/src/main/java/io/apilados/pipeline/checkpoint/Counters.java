// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

/**
 * What was counted up to a position, over all runs that took part.
 *
 * @param read records that were read
 * @param delivered records that arrived
 * @param rejected records that were put aside
 * @param filtered records that the pipeline did not want
 * @param oddities records that were accepted although something about them is odd
 * @param batches batches that were cut
 * @param requests attempts to deliver a batch or a part of one
 * @param retries waits before a further attempt
 */
public record Counters(
        long read,
        long delivered,
        long rejected,
        long filtered,
        long oddities,
        long batches,
        long requests,
        long retries) {

    /** Nothing. */
    public static final Counters ZERO = new Counters(0, 0, 0, 0, 0, 0, 0, 0);
}
