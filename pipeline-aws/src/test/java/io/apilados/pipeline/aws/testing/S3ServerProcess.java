// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A store in a process of its own, on a port of its own, from a jar that the build has put into the folder
 * {@code target/s3-servers}. Safe for use by many threads.
 */
public final class S3ServerProcess implements AutoCloseable {

    /** What the stores take for a key, and what for its secret. */
    public static final String ACCESS_KEY = "test-key";

    /** See above. */
    public static final String SECRET_KEY = "test-secret";

    private static final Path JARS = Path.of("target", "s3-servers");
    private static final long READY_WITHIN_SECONDS = 120;

    private final Process process;
    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private final Kind kind;

    /** Which store. */
    public enum Kind {
        /**
         * The exec jar of {@code com.adobe.testing:s3mock}. It knows no signatures. A second connector, which it does not
         * let us turn off, gets a port of its own, too, and is not used.
         */
        S3MOCK("s3mock", Pattern.compile("Tomcat started on ports (\\d+) \\(http\\)")),

        /** {@code org.gaul:s3proxy} over memory. It checks signatures. */
        S3PROXY("s3proxy", Pattern.compile("Started .*ServerConnector.*\\{127\\.0\\.0\\.1:(\\d+)}"));

        private final String jar;
        private final Pattern ready;

        Kind(String jar, Pattern ready) {
            this.jar = jar;
            this.ready = ready;
        }

        private List<String> arguments(Path jarFile) throws IOException {
            if (this == S3MOCK) {
                return List.of(
                        "-jar",
                        jarFile.toString(),
                        "--server.address=127.0.0.1",
                        "--server.port=0",
                        "--server.ssl.enabled=false",
                        "--http.port=0");
            }
            Path properties = Files.createTempFile("s3proxy", ".properties");
            Files.writeString(
                    properties,
                    String.join(
                            "\n",
                            "s3proxy.endpoint=http://127.0.0.1:0",
                            "s3proxy.authorization=aws-v2-or-v4",
                            "s3proxy.identity=" + ACCESS_KEY,
                            "s3proxy.credential=" + SECRET_KEY,
                            "s3proxy.v4-max-non-chunked-request-size=" + (1 << 30),
                            "jclouds.provider=transient",
                            "jclouds.identity=" + ACCESS_KEY,
                            "jclouds.credential=" + SECRET_KEY,
                            "jclouds.endpoint=http://127.0.0.1",
                            ""));
            return List.of("-jar", jarFile.toString(), "--properties", properties.toString());
        }
    }

    private S3ServerProcess(Kind kind, Process process) {
        this.kind = kind;
        this.process = process;
        Thread listener = new Thread(this::listen, "s3-server-output");
        listener.setDaemon(true);
        listener.start();
    }

    /** Starts one. It needs a few seconds of CPU; {@link #endpoint} waits for it. */
    public static S3ServerProcess start(Kind kind) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx2g"));
        command.addAll(kind.arguments(jar(kind.jar)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        return new S3ServerProcess(kind, builder.start());
    }

    private static Path jar(String beginning) throws IOException {
        try (Stream<Path> jars = Files.list(JARS)) {
            return jars.filter(jar -> jar.getFileName().toString().startsWith(beginning))
                    .findFirst()
                    .orElseThrow(() -> new IOException(JARS + " has no jar of " + beginning + "; build with Maven"));
        }
    }

    private void listen() {
        StringBuilder said = new StringBuilder();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher matcher = kind.ready.matcher(line);
                if (matcher.find()) {
                    port.complete(Integer.parseInt(matcher.group(1)));
                }
                if (!port.isDone()) {
                    said.append(line).append('\n');
                }
            }
            port.completeExceptionally(new IOException(kind + " ended: " + said));
        } catch (IOException e) {
            port.completeExceptionally(e);
        }
    }

    /** Waits until it can be called. */
    public URI endpoint() {
        try {
            return URI.create("http://127.0.0.1:" + port.get(READY_WITHIN_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while " + kind + " came up", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(kind + " did not come up", e);
        }
    }

    /** Which it is. */
    public Kind kind() {
        return kind;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
