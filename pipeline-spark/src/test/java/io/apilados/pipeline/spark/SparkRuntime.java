// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A version of Spark as jars: the class path of a driver, and the folder that a local cluster takes for its home.
 *
 * @param version as the folders under {@code runtimes} are called
 */
record SparkRuntime(String version) {

    /** Runs on every Java that we support. */
    static final SparkRuntime NEWEST = new SparkRuntime("4.2");

    private static final String PACKAGES_OF_JAVA =
            "java.base/java.lang java.base/java.lang.invoke java.base/java.lang.reflect java.base/java.io java.base/java.net"
                    + " java.base/java.nio java.base/java.util java.base/java.util.concurrent"
                    + " java.base/java.util.concurrent.atomic java.base/jdk.internal.ref java.base/sun.nio.ch"
                    + " java.base/sun.nio.cs java.base/sun.security.action java.base/sun.util.calendar";

    /** Whether its jars were resolved: the versions but the newest are in slow builds. */
    boolean isThere() {
        return Files.exists(classpathFile());
    }

    private Path classpathFile() {
        return Path.of("..", "pipeline-spark", "runtimes", version, "target", "classpath");
    }

    private List<String> jars() throws IOException {
        return List.of(Files.readString(classpathFile()).strip().split(File.pathSeparator, -1));
    }

    private String scala() throws IOException {
        String core = jars().stream()
                .map(jar -> Path.of(jar).getFileName().toString())
                .filter(jar -> jar.startsWith("spark-core_"))
                .findFirst()
                .orElseThrow();
        return core.substring("spark-core_".length(), core.lastIndexOf('-'));
    }

    /** Of this process's class path what Spark does not bring: as on a cluster, Spark's own come first. */
    String ours() throws IOException {
        Set<String> theirs = jars().stream().map(SparkRuntime::artifact).collect(Collectors.toSet());
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> Files.isDirectory(Path.of(entry))
                        || (!theirs.contains(artifact(entry))
                                && !artifact(entry).startsWith("spark-")
                                && !artifact(entry).startsWith("scala-")))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String artifact(String jar) {
        return Path.of(jar).getFileName().toString().replaceFirst("-[0-9][^-]*(-[^-]*)?\\.jar$", "");
    }

    /** Spark's jars alone. */
    String theirs() throws IOException {
        return String.join(File.pathSeparator, jars());
    }

    /** A folder that a local cluster takes for an installation of Spark; made once in a build. */
    Path home() throws IOException {
        Path home = Path.of("target", "spark-" + version).toAbsolutePath();
        Path jars = home.resolve("jars");
        if (!Files.exists(home.resolve("RELEASE"))) {
            Files.createDirectories(jars);
            for (String jar : jars()) {
                Path link = jars.resolve(Path.of(jar).getFileName());
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, Path.of(jar));
            }
            Files.createFile(home.resolve("RELEASE"));
        }
        return home;
    }

    /**
     * A process whose class path is Spark's and then {@code further}.
     *
     * @param properties for the machine, without {@code -D}
     */
    ProcessBuilder java(String further, List<String> properties, String mainClass, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED"));
        for (String open : PACKAGES_OF_JAVA.split(" ", -1)) {
            command.add("--add-opens=" + open + "=ALL-UNNAMED");
        }
        properties.forEach(property -> command.add("-D" + property));
        command.addAll(List.of("-cp", theirs() + (further.isEmpty() ? "" : File.pathSeparator + further), mainClass));
        command.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(command);
        process.environment().put("SPARK_HOME", home().toString());
        process.environment().put("SPARK_SCALA_VERSION", scala());
        process.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        process.environment().put("AWS_EC2_METADATA_DISABLED", "true");
        return process;
    }
}
