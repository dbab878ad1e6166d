// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The command line of another Java process with the class path of this one, small and quick to start. */
final class JavaCommand {

    private JavaCommand() {}

    /** Arguments that begin with {@code -D} go to the machine, the others to the program. */
    static List<String> of(String mainClass, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto"));
        Arrays.stream(arguments).filter(argument -> argument.startsWith("-D")).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        Arrays.stream(arguments).filter(argument -> !argument.startsWith("-D")).forEach(command::add);
        return command;
    }
}
