// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** A zip as the build made it, unpacked as Lambda unpacks it, with the runtime's own jars beside it. */
final class Deployment {

    private static final Path BUILT = Path.of("target");

    private Deployment() {}

    /**
     * The class path of what is in a zip.
     *
     * @param jars the folder within the zip
     * @param to where to unpack it
     */
    static String classPath(String zip, String jars, Path to) throws IOException {
        unpack(BUILT.resolve(zip), to);
        List<String> path = new ArrayList<>(runtimeJars());
        try (Stream<Path> files = Files.list(to.resolve(jars))) {
            files.map(Path::toString).sorted().forEach(path::add);
        }
        return String.join(File.pathSeparator, path);
    }

    /** Lambda has these; a function does not bring them. */
    private static List<String> runtimeJars() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> jar.contains("aws-lambda-java-runtime-interface-client")
                        || jar.contains("aws-lambda-java-serialization"))
                .toList();
    }

    private static void unpack(Path zip, Path to) throws IOException {
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path file = to.resolve(entry.getName()).normalize();
                if (!entry.isDirectory() && file.startsWith(to)) {
                    Files.createDirectories(file.getParent());
                    Files.copy(in, file);
                }
            }
        }
    }

    /** A jar with these classes of the tests; an archive of classes takes no folders. */
    static Path jarOf(Path to, Class<?>... classes) throws IOException {
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(to))) {
            for (Class<?> one : classes) {
                String name = one.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new ZipEntry(name));
                copy(one, name, jar);
                jar.closeEntry();
            }
        }
        return to;
    }

    private static void copy(Class<?> one, String name, OutputStream to) throws IOException {
        try (InputStream in = one.getClassLoader().getResourceAsStream(name)) {
            in.transferTo(to);
        }
    }
}
