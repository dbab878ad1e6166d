// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import software.amazon.awssdk.services.s3.S3Client;

/** Loads every public class of the package, down to the types of its methods, and makes a client; a process of its own. */
final class ClassPathMain {

    private ClassPathMain() {}

    public static void main(String[] args) throws IOException, ClassNotFoundException {
        PlantedCredentials.give();
        String name = ClassPathMain.class.getPackageName();
        List<String> classes;
        try (Stream<Path> files = Files.list(Path.of(args[0], name.split("\\.")))) {
            classes = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".class") && !file.startsWith("package-info"))
                    .map(file -> name + "." + file.substring(0, file.length() - ".class".length()))
                    .sorted()
                    .toList();
        }
        for (String one : classes) {
            if (Modifier.isPublic(Class.forName(one, false, ClassPathMain.class.getClassLoader())
                    .getModifiers())) {
                Class<?> loaded = Class.forName(one);
                var unused = List.of(loaded.getDeclaredMethods(), loaded.getDeclaredFields());
                System.out.println("loaded " + one);
            }
        }
        System.out.println("present "
                + Arrays.stream(S3HttpClient.values())
                        .filter(S3HttpClient::isPresent)
                        .toList());
        try (S3Client client = S3Clients.create(URI.create("http://127.0.0.1:1"))) {
            System.out.println("made a client of " + client.serviceName());
        } catch (IllegalStateException e) {
            System.out.println("no client: " + e.getMessage());
        }
    }
}
