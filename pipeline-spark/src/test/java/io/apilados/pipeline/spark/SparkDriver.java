// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import io.apilados.pipeline.report.SplitJobReport;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A {@link DriverMain} with executors in processes of their own. Confined to one thread, but for {@link #kill}. */
final class SparkDriver implements AutoCloseable {

    private final Process process;
    private final BufferedReader lines;
    private final Path log;
    private final Set<ProcessHandle> executors = ConcurrentHashMap.newKeySet();

    private SparkDriver(Process process, Path log) throws IOException {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
        this.log = log;
        String first = line();
        if (!first.equals("ready")) {
            throw new IOException("the driver said " + first);
        }
    }

    /** One with so many executors, which have one core each. */
    static SparkDriver start(SparkRuntime spark, int executors, Path folder) throws IOException {
        Path scratch = Files.createTempDirectory(folder, "spark-");
        Path log = scratch.resolve("driver.log");
        String executorJava = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+IgnoreUnrecognizedVMOptions"
                + " --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED";
        List<String> settings = List.of(
                "spark.master=local-cluster[" + executors + ",1,700]",
                "spark.app.name=pipeline-spark-tests",
                "spark.executor.memory=512m",
                "spark.executor.extraJavaOptions=" + executorJava,
                "spark.executor.extraClassPath=" + spark.ours(),
                "spark.plugins=" + BudgetPlugin.class.getName(),
                "spark.driver.host=127.0.0.1",
                "spark.driver.bindAddress=127.0.0.1",
                "spark.ui.enabled=false",
                "spark.local.dir=" + scratch);
        Process process = spark.java(spark.ours(), settings, DriverMain.class.getName())
                .redirectError(log.toFile())
                .start();
        return new SparkDriver(process, log);
    }

    /** Runs a job and waits for it. */
    SplitJobReport run(TestJob job) throws IOException {
        String answer = answer(job);
        if (!answer.startsWith("done ")) {
            throw new IOException(answer + "\n" + logged());
        }
        return SplitJobReport.fromJson(answer.substring("done ".length()));
    }

    /** Runs a job that fails; returns why. */
    String failureOf(TestJob job) throws IOException {
        String answer = answer(job);
        if (!answer.startsWith("failed ")) {
            throw new AssertionError("the job did not fail: " + answer);
        }
        return answer.substring("failed ".length());
    }

    private String answer(TestJob job) throws IOException {
        OutputStream jobs = process.getOutputStream();
        jobs.write((job.toLine() + "\n").getBytes(StandardCharsets.UTF_8));
        jobs.flush();
        return line();
    }

    /** Runs a job in the middle of which somebody kills the driver. */
    void runUntilKilled(TestJob job) throws IOException, InterruptedException {
        try {
            String answer = answer(job);
            throw new AssertionError("the driver was not killed: " + answer);
        } catch (EOFException e) {
            int unused = process.waitFor();
        }
    }

    private String line() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new EOFException("the driver has ended:\n" + logged());
        }
        return line;
    }

    private String logged() throws IOException {
        String all = Files.readString(log);
        return all.substring(Math.max(0, all.length() - 6_000));
    }

    /** SIGKILL for the driver alone: its executors find out by themselves. */
    void kill() {
        executors.addAll(process.descendants().toList());
        process.destroyForcibly();
    }

    /** CPU time of the process and those it has started, as long as they live, in seconds. */
    double cpuSeconds() {
        return Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .mapToDouble(one ->
                        one.info().totalCpuDuration().map(Duration::toMillis).orElse(0L) / 1e3)
                .sum();
    }

    @Override
    public void close() {
        kill();
        executors.forEach(ProcessHandle::destroyForcibly);
    }
}
