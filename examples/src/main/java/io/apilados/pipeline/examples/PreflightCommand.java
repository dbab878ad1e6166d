// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.aws.operate.CostAnalyzer.RecordsMetric;
import io.apilados.pipeline.aws.operate.PreflightCheck;
import io.apilados.pipeline.aws.operate.PreflightItem;
import io.apilados.pipeline.aws.operate.PreflightReport;
import io.apilados.pipeline.aws.operate.PriceBook;
import io.apilados.pipeline.aws.operate.TuningResult;
import io.apilados.pipeline.report.PerformanceReport;
import io.apilados.pipeline.report.RunReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** The checklist. */
final class PreflightCommand implements OperateCommand {

    @Override
    public Set<String> options() {
        return Set.of(
                "--environment",
                "--tag",
                "--action",
                "--function",
                "--alias",
                "--report",
                "--tuning",
                "--prices",
                "--performance",
                "--baseline",
                "--days",
                "--attest");
    }

    @Override
    public int run(OperateOptions options, PrintStream out) throws UsageException, IOException {
        PreflightCheck.Builder check = PreflightCheck.builder();
        handIn(options, check);
        if (options.dryRun()) {
            out.println("looks at what was handed in and asks AWS for the rest; changes nothing");
            return Operate.DONE;
        }
        String function = options.text("--function");
        RecordsMetric where = options.records();
        try (LambdaClient lambda = function == null ? null : options.lambda();
                CloudWatchClient cloudWatch = where == null ? null : options.cloudWatch()) {
            if (lambda != null && function != null) {
                check.function(lambda, function, options.text("--alias"));
            }
            if (cloudWatch != null && where != null) {
                check.monitoring(cloudWatch, options.monitoring(), where);
            }
            PreflightReport report = check.build().run();
            out.print(options.has("--print-json") ? report.toJson() + System.lineSeparator() : report.toText());
            return report.isPassed() ? Operate.DONE : Operate.CHECK_FAILED;
        }
    }

    private static void handIn(OperateOptions options, PreflightCheck.Builder check)
            throws UsageException, IOException {
        Path report = options.file("--report");
        if (report != null) {
            check.run(RunReport.fromJson(Files.readString(report)));
        }
        Path tuning = options.file("--tuning");
        if (tuning != null) {
            check.tuning(TuningResult.fromJson(Files.readString(tuning)));
        }
        Path performance = options.file("--performance");
        Path baseline = options.file("--baseline");
        if (performance != null) {
            check.performance(
                    PerformanceReport.fromJson(Files.readString(performance)),
                    baseline == null ? null : PerformanceReport.fromJson(Files.readString(baseline)));
        }
        Path prices = options.file("--prices");
        if (prices != null) {
            PriceBook book = PriceBook.read(prices);
            check.prices(book);
            if (options.has("--function") && !options.dryRun()) {
                check.cost(CostCommand.overDays(options, book));
            }
        }
        for (Map.Entry<String, String> said : options.pairs("--attest").entrySet()) {
            check.attest(item(said.getKey()), said.getValue());
        }
    }

    private static PreflightItem item(String name) throws UsageException {
        try {
            return PreflightItem.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    "--attest was for '" + name + "' but it must be one of " + Arrays.toString(PreflightItem.values()));
        }
    }
}
