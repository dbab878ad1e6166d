// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.internal.Json;
import io.apilados.pipeline.report.GoalVerdict;
import io.apilados.pipeline.report.GoalVerdict.Goal;
import io.apilados.pipeline.report.PerformanceGoals;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link LambdaUsage} costs by a {@link PriceBook}. Amounts are exact, rounded only when they are shown. Immutable.
 *
 * @param usage what was used
 * @param currency of the amounts
 * @param gbSeconds memory by time
 * @param storageGbSeconds ephemeral storage beyond what is included, by time
 * @param requestCost of the invocations
 * @param computeCost of memory by time
 * @param storageCost of storage by time
 * @param freeTier what the free tier would take off, if nothing else of the account used it
 */
public record CostEstimate(
        LambdaUsage usage,
        String currency,
        BigDecimal gbSeconds,
        BigDecimal storageGbSeconds,
        BigDecimal requestCost,
        BigDecimal computeCost,
        BigDecimal storageCost,
        BigDecimal freeTier) {

    private static final BigDecimal MB_IN_A_GB = BigDecimal.valueOf(1024);
    private static final BigDecimal MILLIS = BigDecimal.valueOf(1000);
    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);
    private static final Duration MONTH = Duration.ofDays(30);

    public CostEstimate {
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(currency, "currency");
    }

    /** By these prices. */
    public static CostEstimate of(LambdaUsage usage, PriceBook prices) {
        BigDecimal seconds = usage.billedMillis().divide(MILLIS);
        // 1,024 and 1,000 have no primes but 2 and 5: these divisions come out even.
        BigDecimal gbSeconds =
                seconds.multiply(BigDecimal.valueOf(usage.memoryMb())).divide(MB_IN_A_GB);
        long paidStorage = Math.max(0, usage.storageMb() - prices.includedStorageMb());
        BigDecimal storageGbSeconds =
                seconds.multiply(BigDecimal.valueOf(paidStorage)).divide(MB_IN_A_GB);
        BigDecimal invocations = BigDecimal.valueOf(usage.invocations());
        BigDecimal perRequest = prices.perMillionRequests().divide(MILLION);
        BigDecimal perGbSecond = prices.perGbSecond(usage.processor());
        BigDecimal months = BigDecimal.valueOf(usage.period().toMillis())
                .divide(BigDecimal.valueOf(MONTH.toMillis()), MathContext.DECIMAL64);
        BigDecimal freeRequests =
                invocations.min(BigDecimal.valueOf(prices.freeRequests()).multiply(months));
        BigDecimal freeGbSeconds =
                gbSeconds.min(BigDecimal.valueOf(prices.freeGbSeconds()).multiply(months));
        return new CostEstimate(
                usage,
                prices.currency(),
                gbSeconds,
                storageGbSeconds,
                invocations.multiply(perRequest),
                gbSeconds.multiply(perGbSecond),
                storageGbSeconds.multiply(prices.perStorageGbSecond()),
                freeRequests.multiply(perRequest).add(freeGbSeconds.multiply(perGbSecond)));
    }

    /** All of it, the free tier left aside. */
    public BigDecimal total() {
        return requestCost.add(computeCost).add(storageCost);
    }

    /** All of it, less the free tier. */
    public BigDecimal totalAfterFreeTier() {
        return total().subtract(freeTier);
    }

    /** Of 1,000 records, the free tier left aside; null if nobody knows how many there were, or there were none. */
    public @Nullable BigDecimal perThousandRecords() {
        Long records = usage.records();
        return records == null || records == 0
                ? null
                : total().multiply(MILLIS).divide(BigDecimal.valueOf(records), MathContext.DECIMAL64);
    }

    /** How the cost of 1,000 records does by the goals. */
    public GoalVerdict judgedBy(PerformanceGoals goals) {
        BigDecimal cost = perThousandRecords();
        return goals.judge(Goal.COST_PER_THOUSAND, cost == null ? null : cost.doubleValue());
    }

    /** For people. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        line(text, "invocations", String.format(Locale.ROOT, "%,d", usage.invocations()), requestCost);
        line(text, "GB-seconds", String.format(Locale.ROOT, "%,.1f", gbSeconds), computeCost);
        line(text, "storage GB-seconds", String.format(Locale.ROOT, "%,.1f", storageGbSeconds), storageCost);
        line(text, "total", "", total());
        line(text, "free tier takes off up to", "", freeTier);
        line(text, "after that", "", totalAfterFreeTier());
        BigDecimal thousand = perThousandRecords();
        if (thousand == null) {
            text.append("1,000 records: not known, for nobody told how many were processed\n");
        } else {
            line(text, "1,000 records", String.format(Locale.ROOT, "%,d in all", usage.records()), thousand);
        }
        return text.toString();
    }

    private void line(StringBuilder text, String what, String amount, BigDecimal cost) {
        text.append(String.format(
                Locale.ROOT,
                "%-26s %20s %14s %s%n",
                what,
                amount,
                cost.setScale(6, RoundingMode.HALF_UP).toPlainString(),
                currency));
    }

    /** As one JSON object. */
    public String toJson() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("invocations", usage.invocations());
        all.put("billedMillis", usage.billedMillis());
        all.put("memoryMb", usage.memoryMb());
        all.put("storageMb", usage.storageMb());
        all.put("architecture", usage.processor().word());
        all.put("periodSeconds", usage.period().toSeconds());
        all.put("records", usage.records());
        all.put("currency", currency);
        all.put("gbSeconds", gbSeconds);
        all.put("storageGbSeconds", storageGbSeconds);
        all.put("requestCost", requestCost);
        all.put("computeCost", computeCost);
        all.put("storageCost", storageCost);
        all.put("total", total());
        all.put("freeTier", freeTier);
        all.put("totalAfterFreeTier", totalAfterFreeTier());
        all.put("perThousandRecords", perThousandRecords());
        return Json.writePretty(all);
    }
}
