// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.internal.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * How each item of the checklist stands. Immutable.
 *
 * @param findings one for each item, in their order
 */
public record PreflightReport(List<Finding> findings) {

    /** How an item stands. */
    public enum Status {
        /** It holds. */
        PASS,
        /** It does not. */
        FAIL,
        /** Nobody can tell from what was handed in. */
        UNKNOWN
    }

    /**
     * How one item stands.
     *
     * @param evidence what was seen that says so; where nothing was, what would have to be handed in
     */
    public record Finding(PreflightItem item, Status status, String evidence) {
        public Finding {
            Objects.requireNonNull(item, "item");
            Objects.requireNonNull(status, "status");
            Objects.requireNonNull(evidence, "evidence");
        }
    }

    public PreflightReport {
        findings = List.copyOf(findings);
    }

    /** Whether no item fails. */
    public boolean isPassed() {
        return findings.stream().noneMatch(finding -> finding.status() == Status.FAIL);
    }

    /** How many items stand so. */
    public long count(Status status) {
        return findings.stream().filter(finding -> finding.status() == status).count();
    }

    /** How this item stands. */
    public Finding of(PreflightItem item) {
        return findings.stream()
                .filter(finding -> finding.item() == item)
                .findFirst()
                .orElseThrow();
    }

    /** A list for people. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        PreflightItem.Phase phase = null;
        for (Finding finding : findings) {
            if (finding.item().phase() != phase) {
                phase = finding.item().phase();
                text.append(phase.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                        .append('\n');
            }
            text.append(String.format(
                    "  %-7s %s%n          %s%n",
                    finding.status(), finding.item().title(), finding.evidence()));
        }
        return text.append(String.format(
                        "%d pass, %d fail, %d unknown%n",
                        count(Status.PASS), count(Status.FAIL), count(Status.UNKNOWN)))
                .toString();
    }

    /** As one JSON object. */
    public String toJson() {
        List<Object> rows = new ArrayList<>();
        for (Finding finding : findings) {
            Map<String, String> row = new LinkedHashMap<>();
            row.put("item", finding.item().name());
            row.put("phase", finding.item().phase().name());
            row.put("title", finding.item().title());
            row.put("status", finding.status().name());
            row.put("evidence", finding.evidence());
            rows.add(row);
        }
        return Json.writePretty(Map.of("findings", rows));
    }
}
