// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.util.List;

/**
 * How many records were rejected for one reason, and where the first of them are.
 *
 * @param stage the word of the path where they ended
 * @param code the reason
 * @param message what was said of the first of them
 * @param count how many there are
 * @param firstLines the lines on which the first of them start, at most {@value #LINES}
 */
public record RejectReason(String stage, String code, String message, long count, List<Long> firstLines) {

    /** How many lines are named: {@value}. */
    public static final int LINES = 5;

    public RejectReason {
        firstLines = List.copyOf(firstLines);
    }
}
