// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;

/**
 * A destination and what is expected of a limit before it, read from {@code src/test/resources/concurrency}. One file
 * is one scenario, with the ranges asserted in it, as in the scenario files of Vector's adaptive request concurrency.
 */
record ConcurrencyScenario(String name, Properties settings) {

    /** In the order in which they are shown. */
    static final List<String> NAMES = List.of(
            "fixed-3-workers",
            "fixed-8-workers",
            "fixed-32-workers",
            "noisy-8-workers",
            "capacity-4-to-16",
            "capacity-16-to-4",
            "contention-collapse",
            "refused-above-12-in-flight",
            "refused-above-40-per-second",
            "slow-jittery-link");

    /** Those in which some are refused whatever the limit. */
    static final List<String> BACKGROUND_NAMES = List.of(
            "background-3-percent",
            "background-10-percent",
            "background-10-percent-begins",
            "background-10-percent-ends",
            "background-3-percent-above-12");

    static List<ConcurrencyScenario> all() {
        return NAMES.stream().map(ConcurrencyScenario::named).toList();
    }

    static List<ConcurrencyScenario> withBackground() {
        return BACKGROUND_NAMES.stream().map(ConcurrencyScenario::named).toList();
    }

    static ConcurrencyScenario named(String name) {
        Properties settings = new Properties();
        String file = "/concurrency/" + name + ".properties";
        try (Reader in =
                new InputStreamReader(ConcurrencyScenario.class.getResourceAsStream(file), StandardCharsets.UTF_8)) {
            settings.load(in);
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be read", e);
        }
        return new ConcurrencyScenario(name, settings);
    }

    /** The same destination as it is after its step, from the beginning. */
    ConcurrencyScenario afterStep() {
        Properties after = new Properties();
        after.putAll(settings);
        settings.stringPropertyNames().stream()
                .filter(key -> key.startsWith("step."))
                .forEach(key -> after.setProperty(key.substring("step.".length()), settings.getProperty(key)));
        after.keySet().removeIf(key -> key.toString().startsWith("step."));
        return new ConcurrencyScenario(name + " after its step", after);
    }

    String title() {
        return settings.getProperty("title");
    }

    boolean hasStep() {
        return settings.containsKey("step.second");
    }

    long stepNanos() {
        return (long) (number("step.second", 0) * 1e9);
    }

    double number(String key, double otherwise) {
        return Double.parseDouble(settings.getProperty(key, Double.toString(otherwise)));
    }

    /** What the file demands; it must be there. */
    double expected(String key) {
        return Double.parseDouble(settings.getProperty("expect." + key));
    }
}
