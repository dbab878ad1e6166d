// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.util.List;

/**
 * A batch all of whose records are settled, above the low-water mark: a run that goes on does not send it again. It is
 * known by its key and not by its place, because another catalog may put other records there.
 *
 * @param firstRecord the number of its first record
 * @param key its idempotency key, which follows from its members
 * @param delivered how many of its records arrived
 * @param refusals those that did not
 */
public record SettledBatch(long firstRecord, String key, int delivered, List<Refusal> refusals) {

    public SettledBatch {
        refusals = List.copyOf(refusals);
    }

    /**
     * A record that the destination does not want.
     *
     * @param byteOffset where it starts
     * @param code why
     * @param message why, for people
     */
    public record Refusal(long byteOffset, String code, String message) {}
}
