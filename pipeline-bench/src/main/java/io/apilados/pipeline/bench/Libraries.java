// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import java.net.URL;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The libraries that are compared, and the versions that are really on the class path. */
final class Libraries {

    private static final Pattern JAR = Pattern.compile("-(\\d[\\w.+-]*)\\.jar$");

    private Libraries() {}

    /** A library each with its version, which is taken from the name of its jar. */
    static List<String> versions() {
        List<String> versions = new ArrayList<>();
        all().forEach((name, type) -> versions.add(name + " " + version(type)));
        return versions;
    }

    private static Map<String, Class<?>> all() {
        Map<String, Class<?>> all = new LinkedHashMap<>();
        all.put("Commons CSV", org.apache.commons.csv.CSVFormat.class);
        all.put("FastCSV", de.siegmar.fastcsv.reader.CsvReader.class);
        all.put("univocity-parsers", com.univocity.parsers.csv.CsvParser.class);
        all.put("Jackson CSV", com.fasterxml.jackson.dataformat.csv.CsvMapper.class);
        all.put("Jackson", com.fasterxml.jackson.databind.ObjectMapper.class);
        all.put("Caffeine", com.github.benmanes.caffeine.cache.Caffeine.class);
        all.put("fastutil", it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap.class);
        all.put("Resilience4j", io.github.resilience4j.circuitbreaker.CircuitBreaker.class);
        all.put("Failsafe", dev.failsafe.Failsafe.class);
        all.put("concurrency-limits", com.netflix.concurrency.limits.Limiter.class);
        all.put("Apache HttpClient", org.apache.hc.client5.http.classic.HttpClient.class);
        all.put("Easy Batch", org.jeasy.batch.core.job.Job.class);
        all.put("Spring Batch", org.springframework.batch.core.job.Job.class);
        all.put("Spring Framework", org.springframework.core.SpringVersion.class);
        all.put("JMH", org.openjdk.jmh.runner.Runner.class);
        return all;
    }

    private static String version(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        URL location = source == null ? null : source.getLocation();
        Matcher jar = JAR.matcher(location == null ? "" : location.getPath());
        return jar.find() ? jar.group(1) : "of unknown version";
    }
}
