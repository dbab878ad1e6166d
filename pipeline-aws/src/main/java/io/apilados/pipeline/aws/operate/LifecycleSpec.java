// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.LifecycleRuleFilter;
import software.amazon.awssdk.services.s3.model.Transition;
import software.amazon.awssdk.services.s3.model.TransitionStorageClass;

/**
 * A lifecycle rule as data: after how many days objects move to which storage class. Immutable.
 *
 * <p>Source of the rules: "Transitioning objects using Amazon S3 Lifecycle" in S3's documentation.
 *
 * @param id names the rule within its bucket, 1 to 255 characters
 * @param prefix of the keys that it is for; empty for all
 * @param moves at least one, each later than the one before and to a colder class; to the infrequent access classes after 30
 *     days at the earliest, and on from them after another 30
 */
public record LifecycleSpec(String id, String prefix, List<Move> moves) {

    private static final int LEAST_DAYS_OF_INFREQUENT_ACCESS = 30;

    /** From warm to cold: objects move this way only. */
    private static final List<TransitionStorageClass> WARM_TO_COLD = List.of(
            TransitionStorageClass.STANDARD_IA,
            TransitionStorageClass.INTELLIGENT_TIERING,
            TransitionStorageClass.ONEZONE_IA,
            TransitionStorageClass.GLACIER_IR,
            TransitionStorageClass.GLACIER,
            TransitionStorageClass.DEEP_ARCHIVE);

    /**
     * To a class after so many days since the object was made.
     *
     * @param days 0 or more
     */
    public record Move(int days, TransitionStorageClass to) {
        public Move {
            Objects.requireNonNull(to, "to");
        }

        private boolean isInfrequentAccess() {
            return to == TransitionStorageClass.STANDARD_IA || to == TransitionStorageClass.ONEZONE_IA;
        }
    }

    public LifecycleSpec {
        moves = List.copyOf(moves);
        List<String> problems = problems(id, moves);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("lifecycle rule '" + id + "': " + String.join("; ", problems));
        }
        Objects.requireNonNull(prefix, "prefix");
    }

    /** Infrequent access after 30 days, Glacier after 90, deep archive after 365. */
    public static LifecycleSpec ofDefaults(String id, String prefix) {
        return new LifecycleSpec(
                id,
                prefix,
                List.of(
                        new Move(30, TransitionStorageClass.STANDARD_IA),
                        new Move(90, TransitionStorageClass.GLACIER),
                        new Move(365, TransitionStorageClass.DEEP_ARCHIVE)));
    }

    private static List<String> problems(String id, List<Move> moves) {
        List<String> problems = new ArrayList<>();
        if (id.isBlank() || id.length() > 255) {
            problems.add("its id must have 1 to 255 characters");
        }
        if (moves.isEmpty()) {
            problems.add("it must move objects at least once");
        }
        Move before = null;
        for (Move move : moves) {
            int least = move.isInfrequentAccess() ? LEAST_DAYS_OF_INFREQUENT_ACCESS : 0;
            String after = "";
            if (before != null) {
                int rest = before.isInfrequentAccess() ? LEAST_DAYS_OF_INFREQUENT_ACCESS : 1;
                least = Math.max(least, before.days() + rest);
                after = ", since " + before.to() + " comes after " + before.days();
                if (WARM_TO_COLD.indexOf(move.to()) <= WARM_TO_COLD.indexOf(before.to())) {
                    problems.add("objects cannot move from " + before.to() + " to " + move.to());
                }
            }
            if (!WARM_TO_COLD.contains(move.to())) {
                problems.add("the storage class " + move.to() + " is not known");
            }
            if (move.days() < least) {
                problems.add("the move to " + move.to() + " was after " + move.days() + " days but it must be after "
                        + least + " or more" + after);
            }
            before = move;
        }
        return problems;
    }

    LifecycleRule toRule() {
        return LifecycleRule.builder()
                .id(id)
                .status(ExpirationStatus.ENABLED)
                .filter(LifecycleRuleFilter.builder().prefix(prefix).build())
                .transitions(moves.stream()
                        .map(move -> Transition.builder()
                                .days(move.days())
                                .storageClass(move.to())
                                .build())
                        .toList())
                .build();
    }
}
