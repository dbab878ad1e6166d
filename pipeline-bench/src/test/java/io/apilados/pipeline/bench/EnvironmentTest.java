// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {

    @TempDir
    private Path folder;

    @Test
    void saysWhatFiguresDependOn() {
        assertThat(Environment.now().facts())
                .containsKeys("date", "commit", "JDK", "CPU", "processors", "heap", "load at the start", "libraries")
                .doesNotContainValue("");
    }

    @Test
    void namesNoHost() throws IOException {
        String host = InetAddress.getLocalHost().getHostName();
        assertThat(Environment.now().markdown()).doesNotContain("| " + host).doesNotContain(host + " |");
        assertThat(Environment.now().facts().keySet()).noneMatch(name -> name.contains("host"));
    }

    @Test
    void knowsNoCommitOutsideOfARepository() {
        assertThat(Environment.commit(folder)).isEqualTo("unknown");
    }

    @Test
    void takesTheModelOfTheFirstProcessor() throws IOException {
        Path cpuInfo = folder.resolve("cpuinfo");
        Files.writeString(cpuInfo, "processor\t: 0\nmodel name\t: Fast One: 9000\nmodel name\t: Other\n");
        assertThat(Environment.cpuModel(cpuInfo)).startsWith("Fast One: 9000 (");
    }

    @Test
    void makesDoWithTheArchitectureWhereNoModelIsTold() {
        assertThat(Environment.cpuModel(folder.resolve("missing"))).isEqualTo(System.getProperty("os.arch"));
    }

    @Test
    void everyLibraryHasTheVersionOfItsJar() {
        assertThat(Libraries.versions())
                .hasSizeGreaterThan(10)
                .allMatch(library -> library.matches("[\\w -]+ \\d[\\w.+-]*"));
    }
}
