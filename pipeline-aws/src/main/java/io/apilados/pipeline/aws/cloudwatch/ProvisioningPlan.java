// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.cloudwatch;

import java.util.List;
import java.util.Objects;

/**
 * What is to be written to CloudWatch, or was. Immutable.
 *
 * @param changes the dashboard, then the alarms
 */
public record ProvisioningPlan(List<Change> changes) {

    /** What becomes of a dashboard or an alarm. */
    public enum Action {
        /** There is none of this name. */
        CREATE,
        /** There is another one of this name. */
        UPDATE,
        /** It is there as it is to be. */
        NONE
    }

    /**
     * One dashboard or alarm.
     *
     * @param what such as {@code alarm Apilados-production-High-Memory}
     * @param differences what is otherwise there, one line each
     * @param json what is written, for people
     */
    public record Change(String what, Action action, List<String> differences, String json) {
        public Change {
            Objects.requireNonNull(what, "what");
            Objects.requireNonNull(action, "action");
            differences = List.copyOf(differences);
            Objects.requireNonNull(json, "json");
        }
    }

    public ProvisioningPlan {
        changes = List.copyOf(changes);
    }

    /** Whether all is as it is to be. */
    public boolean isDone() {
        return changes.stream().allMatch(change -> change.action() == Action.NONE);
    }

    /** For people: what changes, and the JSON of it. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        for (Change change : changes) {
            text.append(
                            switch (change.action()) {
                                case CREATE -> "create  ";
                                case UPDATE -> "update  ";
                                case NONE -> "as it is  ";
                            })
                    .append(change.what())
                    .append('\n');
            if (change.action() != Action.NONE) {
                change.differences()
                        .forEach(line -> text.append("  ").append(line).append('\n'));
                text.append(change.json().indent(2));
            }
        }
        return text.toString();
    }
}
