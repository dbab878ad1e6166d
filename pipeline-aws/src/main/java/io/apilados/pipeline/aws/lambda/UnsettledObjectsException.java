// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Objects of an event are not done, and nobody else was told to go on: mend what its message names, if anything, and send
 * the event again. Objects that are done are recognized then.
 */
public final class UnsettledObjectsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<ObjectResult> results;

    private UnsettledObjectsException(List<ObjectResult> results) {
        super(results.stream().map(ObjectResult::toString).collect(Collectors.joining("\n")));
        this.results = List.copyOf(results);
    }

    static void throwIfAny(List<ObjectResult> results) {
        List<ObjectResult> failed =
                results.stream().filter(ObjectResult::hasFailed).toList();
        if (!failed.isEmpty()) {
            throw new UnsettledObjectsException(failed);
        }
    }

    /** Of these results the ones that are not done. */
    static UnsettledObjectsException notDone(List<ObjectResult> results) {
        return new UnsettledObjectsException(
                results.stream().filter(result -> !result.status().isDone()).toList());
    }

    /** The objects that are not done. */
    public List<ObjectResult> results() {
        return results;
    }
}
