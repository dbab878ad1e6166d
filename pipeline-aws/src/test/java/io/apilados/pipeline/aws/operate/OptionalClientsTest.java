// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.testing.ReportSamples;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What needs no client of CloudWatch or Lambda is there without them. */
class OptionalClientsTest {

    /** Reckons a run's cost, for a class loader that has no clients. */
    public static final class Offline implements Function<String[], String> {
        @Override
        public String apply(String[] reportAndPrices) {
            try {
                return CostAnalyzer.ofRun(
                                RunReport.fromJson(reportAndPrices[0]),
                                2048,
                                512,
                                Processor.X86_64,
                                PriceBook.fromJson(reportAndPrices[1]))
                        .toText();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private static URLClassLoader withoutClients() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            String name = Path.of(entry).getFileName().toString();
            if (!name.matches("(cloudwatch|lambda)-\\d.*")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cloudwatch.EmfMeterRegistry",
                "cloudwatch.RunMetrics",
                "operate.PriceBook",
                "operate.CostEstimate",
                "operate.LambdaReport",
                "operate.TuningResult",
                "operate.StorageOptimizer",
            })
    void loadsWithAllOfItsMethods(String name) throws Exception {
        try (URLClassLoader loader = withoutClients()) {
            assertThatThrownBy(() -> loader.loadClass("software.amazon.awssdk.services.lambda.LambdaClient"))
                    .isInstanceOf(ClassNotFoundException.class);
            assertThatThrownBy(() -> loader.loadClass("software.amazon.awssdk.services.cloudwatch.CloudWatchClient"))
                    .isInstanceOf(ClassNotFoundException.class);
            assertThat(Class.forName("io.apilados.pipeline.aws." + name, true, loader)
                            .getMethods())
                    .isNotEmpty();
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void theCostOfARunIsReckonedWithoutThem() throws Exception {
        String report = ReportSamples.completed(60, 1).toJson();
        String prices = Files.readString(Prices.FILE);
        try (URLClassLoader loader = withoutClients()) {
            var offline = (Function<String[], String>) loader.loadClass(Offline.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();

            assertThat(offline.apply(new String[] {report, prices})).contains("0.002000 USD");
        }
    }
}
