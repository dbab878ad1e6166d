// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.internal.Json;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What Lambda costs, from a file that its user keeps up to date: prices differ by region and change, so there are none in
 * here. An example is in the documentation. Immutable.
 *
 * @param currency of all prices, such as USD
 * @param region where they hold
 * @param asOf when they were looked up
 * @param source where
 * @param perMillionRequests of one million invocations
 * @param perGbSecond of the time of an invocation, by processor; a gigabyte has 1,024 MB
 * @param perStorageGbSecond of ephemeral storage beyond what is included
 * @param includedStorageMb ephemeral storage that costs nothing
 * @param freeRequests invocations a month that cost nothing, for the whole account
 * @param freeGbSeconds a month that cost nothing, for the whole account
 */
public record PriceBook(
        String currency,
        String region,
        String asOf,
        String source,
        BigDecimal perMillionRequests,
        Map<Processor, BigDecimal> perGbSecond,
        BigDecimal perStorageGbSecond,
        long includedStorageMb,
        long freeRequests,
        long freeGbSeconds) {

    public PriceBook {
        Objects.requireNonNull(currency, "currency");
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(asOf, "asOf");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(perMillionRequests, "perMillionRequests");
        perGbSecond = Map.copyOf(perGbSecond);
        Objects.requireNonNull(perStorageGbSecond, "perStorageGbSecond");
    }

    /**
     * The prices in a file.
     *
     * @throws IOException if it cannot be read, or is none; the message lists all that is wrong
     */
    public static PriceBook read(Path file) throws IOException {
        try {
            return fromJson(Files.readString(file));
        } catch (IOException e) {
            throw new IOException("price book " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * The prices in a text.
     *
     * @throws IOException if it is none; the message lists all that is wrong
     */
    public static PriceBook fromJson(String json) throws IOException {
        List<String> problems = new ArrayList<>();
        Reading reading = new Reading(Json.readObject(json), "", problems);
        Reading processors = reading.object("perGbSecond");
        Reading free = reading.object("free");
        Map<Processor, BigDecimal> perGbSecond = new EnumMap<>(Processor.class);
        for (Processor processor : Processor.values()) {
            perGbSecond.put(processor, processors.price(processor.word()));
        }
        PriceBook prices = new PriceBook(
                reading.text("currency"),
                reading.text("region"),
                reading.text("asOf"),
                reading.text("source"),
                reading.price("perMillionRequests"),
                perGbSecond,
                reading.price("perStorageGbSecond"),
                reading.amount("includedStorageMb"),
                free.amount("requests"),
                free.amount("gbSeconds"));
        if (!problems.isEmpty()) {
            throw new IOException(String.join("; ", problems));
        }
        return prices;
    }

    /** The prices as {@link #fromJson} takes them. */
    public String toJson() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("currency", currency);
        all.put("region", region);
        all.put("asOf", asOf);
        all.put("source", source);
        all.put("perMillionRequests", perMillionRequests);
        Map<String, BigDecimal> processors = new LinkedHashMap<>();
        for (Processor processor : Processor.values()) {
            processors.put(processor.word(), perGbSecond(processor));
        }
        all.put("perGbSecond", processors);
        all.put("perStorageGbSecond", perStorageGbSecond);
        all.put("includedStorageMb", includedStorageMb);
        Map<String, Long> free = new LinkedHashMap<>();
        free.put("requests", freeRequests);
        free.put("gbSeconds", freeGbSeconds);
        all.put("free", free);
        return Json.writePretty(all);
    }

    /** The price of a second with a gigabyte. */
    public BigDecimal perGbSecond(Processor processor) {
        return Objects.requireNonNull(perGbSecond.get(processor), () -> "no price for " + processor);
    }

    /** Members of an object, and what is wrong with them. */
    private static final class Reading {
        private final Map<String, @Nullable Object> members;
        private final String path;
        private final List<String> problems;

        Reading(Map<String, @Nullable Object> members, String path, List<String> problems) {
            this.members = members;
            this.path = path;
            this.problems = problems;
        }

        private void wrong(String name, String rule) {
            problems.add(path + name + (members.containsKey(name) ? " must be " : " is missing and must be ") + rule);
        }

        String text(String name) {
            if (members.get(name) instanceof String text && !text.isBlank()) {
                return text;
            }
            wrong(name, "a text");
            return "";
        }

        BigDecimal price(String name) {
            if (members.get(name) instanceof Number number) {
                BigDecimal price = new BigDecimal(number.toString());
                if (price.signum() >= 0) {
                    return price;
                }
            }
            wrong(name, "a number, 0 or more");
            return BigDecimal.ZERO;
        }

        long amount(String name) {
            if (members.get(name) instanceof Long amount && amount >= 0) {
                return amount;
            }
            wrong(name, "a whole number, 0 or more");
            return 0;
        }

        Reading object(String name) {
            if (members.get(name) instanceof Map<?, ?> object) {
                return new Reading(Json.members(object), path + name + ".", problems);
            }
            wrong(name, "an object");
            return new Reading(Map.of(), path + name + ".", problems);
        }
    }
}
