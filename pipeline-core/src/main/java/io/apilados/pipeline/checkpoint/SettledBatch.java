// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.util.List;

/**
 * A batch all of whose records are settled, above the low-water mark: a run that goes on does not send it again. It is
 * known by its members and not by its place alone, because another catalog may put other records there.
 *
 * @param firstRecord the number of its first record
 * @param members a hash of where its records are: {@link io.apilados.pipeline.batch.Batch#members}
 * @param delivered how many of its records arrived
 * @param refusals those that did not
 */
public record SettledBatch(long firstRecord, long members, int delivered, List<Refusal> refusals) {

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
