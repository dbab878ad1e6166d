// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

class BenchmarksTest {

    /** In this process, a moment each: nothing is to be learned from the figures. */
    private static final List<String> IN_NO_TIME =
            List.of("-f", "0", "-wi", "0", "-i", "1", "-r", "1ms", "-v", "SILENT", "-foe", "true");

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    @Test
    void runsAGroupAndWritesATableAndJson() throws Exception {
        assertThat(run("smoke", "decode", "-p", "charset=UTF-8")).isTrue();

        assertThat(folder.resolve("smoke-decode.md"))
                .content()
                .contains("| commit | ", "### From a field to a string (`decode`)")
                .containsPattern("\\| FieldText.field \\| charset=UTF-8 \\| OURS \\| [\\d.]+ \\|.*\\| 1.00 \\|")
                .contains("| JDK_DECODER |")
                .doesNotContain("windows-1252");
        assertThat(folder.resolve("smoke-decode.json"))
                .content()
                .contains("io.apilados.pipeline.bench.parse.FieldTextBenchmark.field", "gc.alloc.rate.norm", "\"cpu\"");
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("Written to ");
    }

    @Test
    void runsWhatIsNamedWhateverTheGroups() throws Exception {
        assertThat(run("smoke", "FieldText", "-p", "charset=UTF-8", "-p", "decoder=OURS"))
                .isTrue();

        assertThat(folder.resolve("smoke.md")).content().contains("(`decode`)").doesNotContain("(`parse`)");
    }

    @Test
    void saysSoWhenABenchmarkFails() throws Exception {
        assertThat(run("smoke", "decode", "-p", "charset=no-such-charset")).isFalse();

        assertThat(said.toString(StandardCharsets.UTF_8)).contains("FAILED decode");
        assertThat(Files.exists(folder.resolve("smoke-decode.md"))).isTrue();
    }

    @Test
    void refusesOptionsThatNobodyKnows() {
        assertThatExceptionOfType(CommandLineOptionException.class).isThrownBy(() -> run("smoke", "--no-such-option"));
    }

    private boolean run(String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(IN_NO_TIME);
        try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            return Benchmarks.run(folder, out, all.toArray(String[]::new));
        }
    }
}
