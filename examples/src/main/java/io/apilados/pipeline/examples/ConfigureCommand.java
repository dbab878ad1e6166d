// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.aws.operate.LambdaConfigurator;
import io.apilados.pipeline.aws.operate.LambdaConfigurator.Settings;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** Memory, time-out and environments that are kept ready. */
final class ConfigureCommand implements OperateCommand {

    @Override
    public Set<String> options() {
        return Set.of("--function", "--records", "--memory", "--timeout", "--alias", "--ready", "--utilization");
    }

    @Override
    public int run(OperateOptions options, PrintStream out) throws UsageException, InterruptedException {
        String function = options.required("--function");
        Settings settings = settings(options);
        boolean ofAlias = options.has("--ready") || options.has("--utilization");
        String alias = ofAlias ? options.required("--alias") : "";
        if (settings == null && !ofAlias) {
            throw new UsageException("nothing is to be configured: give --records, --memory, --ready or --utilization");
        }
        try (LambdaClient client = options.lambda()) {
            LambdaConfigurator configurator = LambdaConfigurator.of(client, function);
            List<String> changes = new ArrayList<>();
            if (settings != null) {
                changes.addAll(options.dryRun() ? configurator.plan(settings) : configurator.apply(settings));
            }
            if (options.has("--ready")) {
                int ready = options.whole("--ready", 0);
                changes.addAll(
                        options.dryRun()
                                ? configurator.planProvisioning(alias, ready)
                                : configurator.provision(alias, ready));
            }
            changes.forEach(change -> out.println((options.dryRun() ? "would change " : "changed ") + change));
            if (changes.isEmpty() && (settings != null || options.has("--ready"))) {
                out.println("all is as it is to be");
            }
            if (options.has("--utilization")) {
                tellUtilization(options, configurator, alias, out);
            }
        }
        return Operate.DONE;
    }

    private static @Nullable Settings settings(OperateOptions options) throws UsageException {
        if (options.has("--records") && options.has("--memory")) {
            throw new UsageException("--records and --memory exclude each other; leave one out");
        }
        if (!options.has("--records") && !options.has("--memory")) {
            return null;
        }
        Settings byRecords = Settings.forRecords(options.whole("--records", 0));
        return new Settings(
                options.whole("--memory", byRecords.memoryMb()), Duration.ofSeconds(options.whole("--timeout", (int)
                        byRecords.timeout().toSeconds())));
    }

    private static void tellUtilization(
            OperateOptions options, LambdaConfigurator configurator, String alias, PrintStream out)
            throws UsageException {
        try (CloudWatchClient cloudWatch = options.cloudWatch()) {
            Instant now = Instant.now();
            OptionalDouble most = configurator.utilization(cloudWatch, alias, now.minus(Duration.ofDays(1)), now);
            out.println(
                    most.isPresent()
                            ? String.format(
                                    Locale.ROOT,
                                    "environments kept ready for %s: at most %.0f %% were in use in the last day",
                                    alias,
                                    100 * most.getAsDouble())
                            : "environments kept ready for " + alias + ": CloudWatch has no data of the last day");
        }
    }
}
