// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One artifact for all versions and both Scalas: the class files name nothing of Spark but what is the same in all. */
class SparkReferencesTest {

    private static final Pattern FOREIGN = Pattern.compile("(?:org/apache/spark/|scala/)[A-Za-z0-9_$/]+");

    private static final List<String> ALLOWED = List.of(
            "org/apache/spark/SparkConf",
            "org/apache/spark/TaskContext",
            "org/apache/spark/api/java/",
            "org/apache/spark/api/plugin/",
            "org/apache/spark/broadcast/Broadcast");

    @Test
    void namesNothingOfSparkButItsJavaApiAndItsPluginApi() throws IOException {
        Set<String> named = new TreeSet<>();
        try (Stream<Path> classes = Files.walk(Path.of("target", "classes"))) {
            for (Path file :
                    classes.filter(one -> one.toString().endsWith(".class")).toList()) {
                for (String constant : texts(file)) {
                    Matcher foreign = FOREIGN.matcher(constant);
                    while (foreign.find()) {
                        named.add(foreign.group());
                    }
                }
            }
        }
        assertThat(named).contains("org/apache/spark/TaskContext", "org/apache/spark/api/plugin/PluginContext");
        assertThat(named)
                .allMatch(name -> ALLOWED.stream()
                        .anyMatch(allowed -> allowed.endsWith("/") ? name.startsWith(allowed) : name.equals(allowed)));
    }

    /** All names, descriptors and texts of a class file: JVMS 4.4. */
    private static List<String> texts(Path file) throws IOException {
        Map<Integer, Integer> sizes = new HashMap<>(Map.of(3, 4, 4, 4, 5, 8, 6, 8, 7, 2, 8, 2, 9, 4, 10, 4));
        sizes.putAll(Map.of(11, 4, 12, 4, 15, 3, 16, 2, 17, 4, 18, 4, 19, 2, 20, 2));
        List<String> texts = new ArrayList<>();
        try (InputStream bytes = Files.newInputStream(file);
                DataInputStream in = new DataInputStream(bytes)) {
            in.skipNBytes(8);
            int count = in.readUnsignedShort();
            for (int i = 1; i < count; i++) {
                int tag = in.readUnsignedByte();
                if (tag == 1) {
                    texts.add(in.readUTF());
                } else {
                    in.skipNBytes(requireNonNull(sizes.get(tag)));
                    // A long or a double takes two places.
                    i += tag == 5 || tag == 6 ? 1 : 0;
                }
            }
        }
        return texts;
    }
}
