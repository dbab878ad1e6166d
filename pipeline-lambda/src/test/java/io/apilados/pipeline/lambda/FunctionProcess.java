// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A function in a JVM of its own, run by Lambda's runtime interface client as it is run on Lambda. Its output is kept line
 * by line.
 */
final class FunctionProcess implements AutoCloseable {

    private static final String CLIENT = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
    private static final Path STARTING =
            Path.of(System.getProperty("java.io.tmpdir"), "apilados-function-starting.lock");
    private static final int USER_TIME = 13;
    private static final int CLOCK_TICKS = 100;

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private FunctionProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "function-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts it.
     *
     * @param java the JVM's program
     * @param options of the JVM
     * @param classPath of the function and the client
     */
    static FunctionProcess start(
            Path java,
            List<String> options,
            String classPath,
            String handler,
            RuntimeApi api,
            Map<String, String> environment)
            throws IOException {
        List<String> command = command(java, options, classPath);
        command.add(handler);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Map<String, String> variables = builder.environment();
        variables.keySet().removeIf(name -> name.startsWith("AWS_") || name.startsWith("PIPELINE_"));
        variables.put("AWS_LAMBDA_RUNTIME_API", api.address());
        variables.put("_HANDLER", handler);
        variables.put("LAMBDA_TASK_ROOT", "/var/task");
        variables.put("AWS_REGION", "us-east-1");
        variables.put("AWS_ACCESS_KEY_ID", "planted-key");
        variables.put("AWS_SECRET_ACCESS_KEY", "planted-secret");
        variables.put("AWS_EC2_METADATA_DISABLED", "true");
        variables.putAll(environment);
        return startAlone(builder, api);
    }

    /**
     * The client unpacks its native library to one place for all processes, and loads it from there: one that starts while
     * another unpacks may load half a library, and dies of it. So they start one after the other, whatever JVM runs the tests.
     */
    private static synchronized FunctionProcess startAlone(ProcessBuilder builder, RuntimeApi api) throws IOException {
        try (FileChannel channel = FileChannel.open(STARTING, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            FunctionProcess started = new FunctionProcess(builder.start());
            api.awaitContact(started.process.onExit());
            return started;
        }
    }

    private static List<String> command(Path java, List<String> options, String classPath) {
        List<String> command = new ArrayList<>();
        command.add(java.toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, CLIENT));
        return command;
    }

    /** Runs the JVM with options that make it do something else than the function, until it ends. */
    static void runToEnd(Path java, List<String> options, String classPath) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command(java, options, classPath))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new AssertionError(options + " failed");
        }
    }

    private void read() {
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // It ended.
        }
    }

    /** What it wrote so far. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    /** The processor time that it took so far, in milliseconds; by the clock of the kernel, of ten milliseconds. */
    long cpuMillis() {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        // Behind the name come the fields from the third on; user and system time are the 14th and 15th.
        long ticks = Long.parseLong(words[USER_TIME - 2]) + Long.parseLong(words[USER_TIME - 1]);
        return ticks * 1000 / CLOCK_TICKS;
    }

    /** Ends it as Lambda does, and waits for that. */
    void terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError("the function does not end");
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(30, TimeUnit.SECONDS);
        reader.join(10_000);
    }
}
