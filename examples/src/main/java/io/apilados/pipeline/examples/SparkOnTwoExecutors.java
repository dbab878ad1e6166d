// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.report.SplitJobReport;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.spark.PipelineSpec;
import io.apilados.pipeline.spark.RequestShares;
import io.apilados.pipeline.spark.SparkPipeline;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A file in splits on Spark: a driver and two executors, each a process of its own on this machine.
 *
 * <pre>mvn -q -pl examples -am test-compile exec:java -Dexec.mainClass=io.apilados.pipeline.examples.SparkOnTwoExecutors</pre>
 *
 * <p>{@link #run} is what a user's program has; all else starts Spark without an installation of it.
 */
public final class SparkOnTwoExecutors {

    private static final int KEYS = 10_000;
    private static final int PARTICIPANTS = 50_000;

    private SparkOnTwoExecutors() {}

    /** Without arguments it makes up data and an API and starts the driver; with them it is the driver. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length > 0) {
            run(args[0], args[1], args[2], args[3]);
            return;
        }
        try (Sandbox sandbox = Sandbox.start(KEYS, PARTICIPANTS)) {
            int exit = startDriver(sandbox).waitFor();
            System.out.println("the API has " + sandbox.api().applied() + " records; see also " + sandbox.folder());
            if (exit != 0) {
                throw new IOException("the driver ended with " + exit + "; see "
                        + sandbox.folder().resolve("spark.log"));
            }
        }
    }

    /** The job: where and how, as data and factories; then one call. */
    static void run(String csv, String catalog, String api, String store) throws IOException {
        PipelineSpec<JsonRecord> spec = PipelineSpec.from(worker -> ByteSource.file(Path.of(csv)))
                .<JsonRecord>enrich((rows, worker) ->
                        rows.enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(worker.catalog()))))
                .batch(BatchSizing.fixed(500))
                .deliver(worker -> HttpDelivery.to(URI.create(api))
                        .bearerToken(() -> SampleApi.TOKEN)
                        .build())
                .store(worker -> SplitStore.directory(Path.of(store)))
                .catalog(CCTsCatalog.load(ByteSource.file(Path.of(catalog))))
                .shares(RequestShares.leased(200))
                .build();
        try (JavaSparkContext context = new JavaSparkContext(new SparkConf().setAppName("participants"))) {
            SplitJobReport report =
                    SparkPipeline.of(context, spec).splitBytes(1 << 20).run();
            System.out.println(report.splits() + " splits: read " + report.read() + " = delivered " + report.delivered()
                    + " + rejected " + report.rejected() + " + filtered " + report.filtered());
        }
    }

    private static Process startDriver(Sandbox sandbox) throws IOException {
        List<String> spark = List.of(Files.readString(jarsOfSpark()).strip().split(File.pathSeparator, -1));
        Path home = sandbox.folder().resolve("spark");
        for (String jar : spark) {
            Path link = Files.createDirectories(home.resolve("jars")).resolve(name(jar));
            Files.createSymbolicLink(link, Path.of(jar));
        }
        Files.createFile(home.resolve("RELEASE"));
        String ours = ours(spark);
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m"));
        for (String open :
                List.of("java.nio", "sun.nio.ch", "java.lang", "java.util", "java.lang.invoke", "java.net")) {
            command.add("--add-opens=java.base/" + open + "=ALL-UNNAMED");
        }
        command.addAll(List.of(
                "-Dspark.master=local-cluster[2,1,700]",
                "-Dspark.executor.memory=512m",
                "-Dspark.executor.extraClassPath=" + ours,
                "-Dspark.plugins=io.apilados.pipeline.spark.BudgetPlugin",
                "-Dspark.driver.host=127.0.0.1",
                "-Dspark.driver.bindAddress=127.0.0.1",
                "-Dspark.ui.enabled=false",
                "-cp",
                String.join(File.pathSeparator, spark) + File.pathSeparator + ours,
                SparkOnTwoExecutors.class.getName(),
                sandbox.participants().toString(),
                sandbox.catalog().toString(),
                sandbox.target().toString(),
                sandbox.folder().resolve("job").toString()));
        ProcessBuilder driver = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(sandbox.folder().resolve("spark.log").toFile());
        driver.environment().put("SPARK_HOME", home.toString());
        driver.environment().put("SPARK_SCALA_VERSION", "2.13");
        driver.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        return driver.start();
    }

    private static Path jarsOfSpark() throws IOException {
        for (String root : List.of("", "..")) {
            Path list = Path.of(root, "pipeline-spark", "runtimes", "4.2", "target", "classpath");
            if (Files.exists(list)) {
                return list;
            }
        }
        throw new IOException("the jars of Spark were not resolved; run this by Maven, with -am");
    }

    /** Of this class path what Spark does not bring; its own come first, as on a cluster. */
    private static String ours(List<String> spark) {
        Set<String> theirs = spark.stream().map(SparkOnTwoExecutors::artifact).collect(Collectors.toSet());
        return classPath()
                .filter(entry -> !theirs.contains(artifact(entry)))
                .filter(entry ->
                        !name(entry).startsWith("slf4j-") && !name(entry).startsWith("spark-"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Maven runs examples within its own process, where the property tells of Maven. */
    private static Stream<String> classPath() {
        return SparkOnTwoExecutors.class.getClassLoader() instanceof URLClassLoader loader
                ? Arrays.stream(loader.getURLs()).map(URL::getPath)
                : Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1));
    }

    private static String name(String jar) {
        return String.valueOf(Path.of(jar).getFileName());
    }

    private static String artifact(String jar) {
        return name(jar).replaceFirst("-[0-9][^-]*(-[^-]*)?\\.jar$", "");
    }
}
