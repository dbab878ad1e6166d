// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

class GroupTest {

    /** All benchmarks of this module by class and method, as JMH's generator has listed them. */
    private static final Set<String> BENCHMARKS = BenchmarkList.defaultList()
            .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())
            .stream()
            .map(entry -> entry.getUsername())
            .collect(Collectors.toSet());

    @Test
    void everyBenchmarkClassBelongsToExactlyOneGroup() {
        assertThat(BENCHMARKS).hasSizeGreaterThan(10).allSatisfy(benchmark -> {
            String className = benchmark.substring(0, benchmark.lastIndexOf('.'));
            assertThat(Arrays.stream(Group.values()).filter(group -> group.has(className)))
                    .as(className)
                    .hasSize(1);
        });
    }

    @Test
    void everyGroupIncludesTheBenchmarksOfItsClassesAndNoOthers() {
        for (Group group : Group.values()) {
            Pattern include = Pattern.compile(group.include());
            Set<String> included = BENCHMARKS.stream()
                    .filter(benchmark -> include.matcher(benchmark).find())
                    .collect(Collectors.toSet());
            assertThat(included).as(group.word()).isNotEmpty();
            assertThat(included)
                    .containsExactlyInAnyOrderElementsOf(BENCHMARKS.stream()
                            .filter(benchmark -> group.has(benchmark.substring(0, benchmark.lastIndexOf('.'))))
                            .toList());
        }
    }

    @Test
    void isFoundByItsWord() {
        assertThat(Group.called("parse")).contains(Group.PARSE);
        assertThat(Group.called("Parse")).isEmpty();
        assertThat(Group.called("nothing")).isEmpty();
    }
}
