// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import software.amazon.awssdk.services.s3.model.IntelligentTieringAccessTier;
import software.amazon.awssdk.services.s3.model.IntelligentTieringConfiguration;
import software.amazon.awssdk.services.s3.model.IntelligentTieringStatus;
import software.amazon.awssdk.services.s3.model.Tiering;

/**
 * After how many days without a read objects of the class INTELLIGENT_TIERING go to its archive tiers; other objects are not
 * touched. Immutable.
 *
 * <p>Source of the limits: {@code Tiering.Days} in S3's API reference.
 *
 * @param id names the configuration within its bucket, 1 to 64 characters
 * @param prefix of the keys that it is for; empty for all
 * @param archiveDays {@value #LEAST_ARCHIVE_DAYS} to {@value #MOST_DAYS}; 0 for never
 * @param deepArchiveDays {@value #LEAST_DEEP_ARCHIVE_DAYS} to {@value #MOST_DAYS}, and more than the other; 0 for never
 */
public record TieringSpec(String id, String prefix, int archiveDays, int deepArchiveDays) {

    /** For archive access, at the least: {@value}. */
    public static final int LEAST_ARCHIVE_DAYS = 90;

    /** For deep archive access, at the least: {@value}. */
    public static final int LEAST_DEEP_ARCHIVE_DAYS = 180;

    /** At the most: {@value}. */
    public static final int MOST_DAYS = 730;

    public TieringSpec {
        Objects.requireNonNull(prefix, "prefix");
        List<String> problems = new ArrayList<>();
        if (id.isBlank() || id.length() > 64) {
            problems.add("its id must have 1 to 64 characters");
        }
        check("archiveDays", archiveDays, LEAST_ARCHIVE_DAYS, problems);
        check("deepArchiveDays", deepArchiveDays, LEAST_DEEP_ARCHIVE_DAYS, problems);
        if (archiveDays == 0 && deepArchiveDays == 0) {
            problems.add("one of the two must be set");
        }
        if (archiveDays != 0 && deepArchiveDays != 0 && deepArchiveDays <= archiveDays) {
            problems.add(
                    "deepArchiveDays was " + deepArchiveDays + " but it must be more than archiveDays, " + archiveDays);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("tiering '" + id + "': " + String.join("; ", problems));
        }
    }

    private static void check(String name, int days, int least, List<String> problems) {
        if (days != 0 && (days < least || days > MOST_DAYS)) {
            problems.add(name + " was " + days + " but it must be 0 or between " + least + " and " + MOST_DAYS);
        }
    }

    /** As early as S3 allows: archive after 90 days, deep archive after 180. */
    public static TieringSpec ofDefaults(String id, String prefix) {
        return new TieringSpec(id, prefix, LEAST_ARCHIVE_DAYS, LEAST_DEEP_ARCHIVE_DAYS);
    }

    IntelligentTieringConfiguration toConfiguration() {
        List<Tiering> tierings = new ArrayList<>();
        if (archiveDays != 0) {
            tierings.add(tiering(archiveDays, IntelligentTieringAccessTier.ARCHIVE_ACCESS));
        }
        if (deepArchiveDays != 0) {
            tierings.add(tiering(deepArchiveDays, IntelligentTieringAccessTier.DEEP_ARCHIVE_ACCESS));
        }
        IntelligentTieringConfiguration.Builder configuration = IntelligentTieringConfiguration.builder()
                .id(id)
                .status(IntelligentTieringStatus.ENABLED)
                .tierings(tierings);
        if (!prefix.isEmpty()) {
            configuration.filter(filter -> filter.prefix(prefix));
        }
        return configuration.build();
    }

    private static Tiering tiering(int days, IntelligentTieringAccessTier tier) {
        return Tiering.builder().days(days).accessTier(tier).build();
    }
}
