// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.aws.operate.CostAnalyzer;
import io.apilados.pipeline.aws.operate.CostEstimate;
import io.apilados.pipeline.aws.operate.PriceBook;
import io.apilados.pipeline.aws.operate.Processor;
import io.apilados.pipeline.report.GoalVerdict;
import io.apilados.pipeline.report.PerformanceGoals;
import io.apilados.pipeline.report.RunReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** What a function costs, or a run. */
final class CostCommand implements OperateCommand {

    @Override
    public Set<String> options() {
        return Set.of(
                "--prices",
                "--function",
                "--days",
                "--environment",
                "--tag",
                "--report",
                "--memory",
                "--storage",
                "--architecture");
    }

    @Override
    public int run(OperateOptions options, PrintStream out) throws UsageException, IOException {
        PriceBook prices = PriceBook.read(options.requiredFile("--prices"));
        Path report = options.file("--report");
        if (report == null && options.dryRun()) {
            out.println("asks for the configuration of " + options.required("--function")
                    + " and for its invocations, time and records; changes nothing");
            return Operate.DONE;
        }
        CostEstimate cost = report == null ? overDays(options, prices) : ofRun(options, report, prices);
        if (options.has("--print-json")) {
            out.println(cost.toJson());
            return Operate.DONE;
        }
        out.print(cost.toText());
        GoalVerdict verdict = cost.judgedBy(PerformanceGoals.ofDefaults());
        out.println("goal, " + verdict.goal().title() + ": " + verdict.verdict() + ", target " + verdict.target()
                + ", critical " + verdict.critical());
        return Operate.DONE;
    }

    static CostEstimate overDays(OperateOptions options, PriceBook prices) throws UsageException {
        int days = options.whole("--days", 30);
        if (days < 1 || days > 455) {
            throw new UsageException("--days was " + days + " but it must be between 1 and 455");
        }
        Instant now = Instant.now();
        try (LambdaClient lambda = options.lambda();
                CloudWatchClient cloudWatch = options.cloudWatch()) {
            return CostAnalyzer.of(lambda, cloudWatch, prices)
                    .over(options.required("--function"), now.minus(Duration.ofDays(days)), now, options.records());
        }
    }

    private static CostEstimate ofRun(OperateOptions options, Path report, PriceBook prices)
            throws UsageException, IOException {
        options.required("--memory");
        return CostAnalyzer.ofRun(
                RunReport.fromJson(Files.readString(report)),
                options.whole("--memory", 0),
                options.whole("--storage", 512),
                Processor.of(options.text("--architecture", "x86_64")),
                prices);
    }
}
