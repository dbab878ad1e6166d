// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is not there is not loaded: the S3 part with the S3 client alone, and with one HTTP client at a time. */
@Timeout(120)
class ClassPathTest {

    /** How the names of jars begin that each HTTP client brings. */
    private static final Map<S3HttpClient, List<String>> JARS = Map.of(
            S3HttpClient.APACHE5,
            List.of("apache5-client", "httpclient5", "httpcore5"),
            S3HttpClient.URL_CONNECTION,
            List.of("url-connection-client"),
            S3HttpClient.CRT,
            List.of("aws-crt-client", "aws-crt-2", "aws-crt-0"));

    private static final List<String> OTHER_AWS_CLIENTS =
            List.of("cloudwatch", "lambda", "sfn", "sqs", "aws-lambda", "crac");

    @Test
    void everyPublicClassLoadsWithTheS3ClientAlone() throws Exception {
        assertThat(run(Set.of()))
                .contains("loaded io.apilados.pipeline.aws.s3.S3ByteSource")
                .contains("loaded io.apilados.pipeline.aws.s3.S3CheckpointStore")
                .contains("loaded io.apilados.pipeline.aws.s3.S3Clients$Builder")
                .contains("no client: there is no HTTP client on the class path; add"
                        + " software.amazon.awssdk:apache5-client, or make an S3Client of your own");
    }

    @ParameterizedTest
    @EnumSource(S3HttpClient.class)
    void anyOneHttpClientIsEnough(S3HttpClient http) throws Exception {
        assertThat(run(Set.of(http))).contains("made a client").contains("present [" + http + "]");
    }

    private static String run(Set<S3HttpClient> present) throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> JARS.entrySet().stream()
                        .filter(jars -> !present.contains(jars.getKey()))
                        .noneMatch(jars -> begins(entry, jars.getValue())))
                .filter(entry -> !begins(entry, OTHER_AWS_CLIENTS))
                .collect(Collectors.joining(File.pathSeparator));
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        ClassPathMain.class.getName(),
                        Path.of("target", "classes").toString())
                .redirectErrorStream(true);
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }

    private static boolean begins(String entry, List<String> names) {
        String file = Path.of(entry).getFileName().toString();
        return names.stream().anyMatch(file::startsWith);
    }
}
