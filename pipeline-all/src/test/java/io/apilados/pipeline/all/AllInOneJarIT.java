// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.all;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.apilados.pipeline.report.SplitJobReport;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The one jar on the class path of the oldest Spark, whose Jackson is older than ours, submitted as a user submits it. */
@Timeout(180)
class AllInOneJarIT {

    private static final int ROWS = 2_000;
    private static final int NEWEST_JAVA_OF_SPARK_35 = 21;
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");

    @TempDir
    Path folder;

    private static final Path JAR = Path.of(System.getProperty("all.jar"));

    @Test
    void holdsNothingUnderForeignNames() throws IOException {
        Set<String> packages = new TreeSet<>();
        try (JarFile jar = new JarFile(JAR.toFile())) {
            jar.stream()
                    .map(JarEntry::getName)
                    .map(name -> name.replaceFirst("^META-INF/versions/[0-9]+/", ""))
                    .filter(name -> name.endsWith(".class"))
                    .forEach(name -> packages.add(name.substring(0, name.lastIndexOf('/'))));
            assertThat(jar.getEntry("META-INF/services/io.apilados.pipeline.shaded.amazon.awssdk.http.SdkHttpService"))
                    .isNotNull();
        }
        assertThat(packages).contains("io/apilados/pipeline/spark", "io/apilados/pipeline/shaded/jackson/core");
        assertThat(packages).allMatch(name -> name.startsWith("io/apilados/pipeline"));
    }

    @Test
    void runsWhereTheEngineHasAnOlderJackson() throws Exception {
        assumeTrue(
                Runtime.version().feature() <= NEWEST_JAVA_OF_SPARK_35,
                "Spark 3.5 does not run on Java " + Runtime.version().feature());
        List<String> spark =
                List.of(Files.readString(Path.of("..", "pipeline-spark", "runtimes", "3.5", "target", "classpath"))
                        .strip()
                        .split(File.pathSeparator, -1));
        AtomicLong records = new AtomicLong();
        byte[] csv = rows();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/bucket/", exchange -> serve(exchange, csv));
        server.createContext("/records", exchange -> take(exchange, records));
        server.start();
        try {
            String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
            Process process = submit(
                    spark,
                    compiled(spark),
                    endpoint,
                    "s3://bucket/participants.csv",
                    endpoint + "/records",
                    folder.resolve("store").toString());
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            SplitJobReport report = SplitJobReport.fromJson(line(output, "report "));
            assertThat(report.splits()).isGreaterThan(2);
            assertThat(report.delivered()).isEqualTo(ROWS);
            assertThat(records).hasValue(ROWS);
            assertThat(line(output, "jackson ")).endsWith("jackson-core-2.15.2.jar");
        } finally {
            server.stop(0);
        }
    }

    private static String line(String output, String beginning) {
        return output.lines()
                .filter(line -> line.startsWith(beginning))
                .map(line -> line.substring(beginning.length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(output));
    }

    private static byte[] rows() {
        StringBuilder csv = new StringBuilder("id,cct,nombre\n");
        for (int i = 0; i < ROWS; i++) {
            csv.append(i).append(i % 2 == 0 ? ",01DPR0001V,Ana\n" : ",02DPR0002U,\"Bruno\nde dos\"\n");
        }
        return csv.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** An object store of one object. */
    private static void serve(HttpExchange exchange, byte[] content) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("ETag", "\"0123456789abcdef0123456789abcdef\"");
            exchange.getResponseHeaders().set("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT");
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            Matcher range =
                    RANGE.matcher(String.valueOf(exchange.getRequestHeaders().getFirst("Range")));
            int from = range.matches() ? Integer.parseInt(range.group(1)) : 0;
            int to = range.matches() && !range.group(2).isEmpty()
                    ? Math.min(content.length, Integer.parseInt(range.group(2)) + 1)
                    : content.length;
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + content.length);
            exchange.sendResponseHeaders(range.matches() ? 206 : 200, to - from);
            exchange.getResponseBody().write(content, from, to - from);
        }
    }

    private static void take(HttpExchange exchange, AtomicLong records) throws IOException {
        try (exchange;
                InputStream body = exchange.getRequestBody()) {
            String json = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            records.addAndGet(
                    Pattern.compile("\"cctId\":").matcher(json).results().count());
            exchange.sendResponseHeaders(200, -1);
        }
    }

    /** The program as a jar, compiled against the one jar and Spark. */
    private Path compiled(List<String> spark) throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> libraries = new ArrayList<>(spark);
        libraries.add(JAR.toString());
        libraries.addAll(keptDependencies());
        int result = compiler.run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                String.join(File.pathSeparator, libraries),
                "-d",
                classes.toString(),
                Path.of("src", "test", "resources", "program", "Program.java").toString());
        assertThat(result).isZero();
        Path program = folder.resolve("program.jar");
        try (OutputStream file = Files.newOutputStream(program);
                JarOutputStream jar = new JarOutputStream(file);
                Stream<Path> all = Files.list(classes)) {
            for (Path one : all.toList()) {
                jar.putNextEntry(new JarEntry(one.getFileName().toString()));
                Files.copy(one, jar);
                jar.closeEntry();
            }
        }
        return program;
    }

    /** What the one jar leaves as it is. */
    private static List<String> keptDependencies() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.contains("micrometer-"))
                .toList();
    }

    private Process submit(List<String> spark, Path program, String... arguments) throws IOException {
        Path home = Files.createDirectories(Path.of("target", "spark-3.5").toAbsolutePath());
        Path jars = Files.createDirectories(home.resolve("jars"));
        for (String jar : spark) {
            Path link = jars.resolve(Path.of(jar).getFileName());
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, Path.of(jar));
        }
        Files.deleteIfExists(home.resolve("RELEASE"));
        Files.createFile(home.resolve("RELEASE"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1"));
        for (String open :
                List.of("java.nio", "java.lang", "java.util", "sun.nio.ch", "java.net", "java.lang.invoke")) {
            command.add("--add-opens=java.base/" + open + "=ALL-UNNAMED");
        }
        List<String> alongside = new ArrayList<>(keptDependencies());
        alongside.add(JAR.toString());
        command.addAll(List.of(
                "-cp",
                String.join(File.pathSeparator, spark),
                "org.apache.spark.deploy.SparkSubmit",
                "--master",
                "local-cluster[1,2,700]",
                "--conf",
                "spark.executor.memory=512m",
                "--conf",
                "spark.plugins=io.apilados.pipeline.spark.BudgetPlugin",
                "--conf",
                "spark.rpc.askTimeout=20s",
                "--conf",
                "spark.ui.enabled=false",
                "--conf",
                "spark.driver.host=127.0.0.1",
                "--conf",
                "spark.driver.bindAddress=127.0.0.1",
                "--conf",
                "spark.local.dir=" + Files.createDirectories(folder.resolve("scratch")),
                "--jars",
                String.join(",", alongside),
                "--class",
                "Program",
                program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
        process.environment().put("SPARK_HOME", home.toString());
        process.environment().put("SPARK_SCALA_VERSION", "2.12");
        process.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        process.environment().put("AWS_EC2_METADATA_DISABLED", "true");
        process.environment().put("AWS_ACCESS_KEY_ID", "planted-key");
        process.environment().put("AWS_SECRET_ACCESS_KEY", "planted-secret");
        process.environment().put("AWS_REGION", "us-east-1");
        return process.start();
    }
}
