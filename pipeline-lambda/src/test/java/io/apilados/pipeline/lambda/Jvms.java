// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The JVMs of this machine that a function is tried on. */
final class Jvms {

    private static final Path INSTALLED = Path.of("/usr/lib/jvm");

    private Jvms() {}

    /** The one that runs this. */
    static Path current() {
        return program(Path.of(System.getProperty("java.home")));
    }

    private static Path program(Path home) {
        return home.resolve("bin").resolve("java");
    }

    /** The one that runs this, and one of another of these releases, where there is one. */
    static List<Path> all() throws IOException {
        List<Path> found = new ArrayList<>(List.of(current()));
        int own = Runtime.version().feature();
        for (int release : new int[] {17, 25}) {
            if (release != own) {
                found(release).stream().findFirst().ifPresent(found::add);
            }
        }
        return found;
    }

    private static List<Path> found(int release) throws IOException {
        if (!Files.isDirectory(INSTALLED)) {
            return List.of();
        }
        try (Stream<Path> homes = Files.list(INSTALLED)) {
            return homes.filter(home -> isOfRelease(home, release))
                    .map(Jvms::program)
                    .filter(Files::isExecutable)
                    .sorted()
                    .toList();
        }
    }

    private static boolean isOfRelease(Path home, int release) {
        try {
            return Files.readString(home.resolve("release")).contains("JAVA_VERSION=\"" + release);
        } catch (IOException e) {
            return false;
        }
    }
}
