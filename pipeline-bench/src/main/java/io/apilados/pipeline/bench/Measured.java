// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/**
 * What was found for one benchmark with one set of parameters.
 *
 * @param className of the benchmark
 * @param method of the benchmark
 * @param parameters in the order in which they are declared
 * @param moreIsBetter whether the score is a rate; otherwise it is a time
 * @param score the mean of all iterations
 * @param halfRange half of what lies between the least and the greatest iteration
 * @param unit of both
 * @param cpuMicros processor time of the whole process for each operation; NaN if it was not measured
 * @param allocatedBytes for each operation; NaN if it was not measured
 */
record Measured(
        String className,
        String method,
        Map<String, String> parameters,
        boolean moreIsBetter,
        double score,
        double halfRange,
        String unit,
        double cpuMicros,
        double allocatedBytes) {

    private static final String CPU = "cpu";
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    Measured {
        parameters = new LinkedHashMap<>(parameters);
    }

    /** Takes it from JMH. */
    static Measured of(RunResult result) {
        BenchmarkParams benchmark = result.getParams();
        String name = benchmark.getBenchmark();
        int dot = name.lastIndexOf('.');
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String key : benchmark.getParamsKeys()) {
            parameters.put(key, benchmark.getParam(key));
        }
        Statistics iterations = result.getPrimaryResult().getStatistics();
        return new Measured(
                name.substring(0, dot),
                name.substring(dot + 1),
                parameters,
                benchmark.getMode() == Mode.Throughput,
                result.getPrimaryResult().getScore(),
                (iterations.getMax() - iterations.getMin()) / 2,
                result.getPrimaryResult().getScoreUnit(),
                secondary(result, CPU),
                secondary(result, ALLOCATED));
    }

    private static double secondary(RunResult result, String label) {
        Result<?> found = result.getSecondaryResults().get(label);
        return found == null ? Double.NaN : found.getScore();
    }
}
