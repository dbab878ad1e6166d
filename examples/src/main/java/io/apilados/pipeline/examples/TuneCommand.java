// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.aws.operate.LambdaTuner;
import io.apilados.pipeline.aws.operate.PriceBook;
import io.apilados.pipeline.aws.operate.TuningResult;
import io.apilados.pipeline.aws.operate.TuningStrategy;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** The memory of a function, by trying. */
final class TuneCommand implements OperateCommand {

    @Override
    public Set<String> options() {
        return Set.of(
                "--function",
                "--prices",
                "--event",
                "--sizes",
                "--invocations",
                "--strategy",
                "--notes",
                "--json",
                "--html",
                "--for-real");
    }

    @Override
    public int run(OperateOptions options, PrintStream out) throws UsageException, IOException, InterruptedException {
        try (LambdaClient client = options.lambda()) {
            LambdaTuner tuner = tuner(options, client);
            if (options.dryRun()) {
                tuner.plan().forEach(out::println);
                return Operate.DONE;
            }
            TuningResult result = tuner.tune();
            out.print(result.toText());
            Path json = options.file("--json");
            if (json != null) {
                Files.writeString(json, result.toJson());
            }
            Path html = options.file("--html");
            if (html != null) {
                Files.writeString(html, result.toHtml());
            }
            return Operate.DONE;
        }
    }

    private static LambdaTuner tuner(OperateOptions options, LambdaClient client) throws UsageException, IOException {
        LambdaTuner.Builder tuner = LambdaTuner.of(
                        client,
                        options.required("--function"),
                        PriceBook.read(options.requiredFile("--prices")),
                        Path.of(options.text("--notes", ".operate")))
                .strategy(strategy(options))
                .invocations(options.whole("--invocations", 10));
        String sizes = options.text("--sizes");
        if (sizes != null) {
            tuner.sizes(sizes(sizes));
        }
        Path event = options.file("--event");
        if (event != null) {
            tuner.event(Files.readString(event));
        }
        if (options.has("--for-real")) {
            tuner.deliveringForReal();
        }
        return tuner.build();
    }

    private static TuningStrategy strategy(OperateOptions options) throws UsageException {
        String word = options.text("--strategy", "balanced");
        try {
            return TuningStrategy.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--strategy was '" + word + "' but it must be cost, speed or balanced");
        }
    }

    private static int[] sizes(String list) throws UsageException {
        try {
            return Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
        } catch (NumberFormatException e) {
            throw new UsageException("--sizes was '" + list + "' but it must be sizes in MB, such as 512,1024,2048");
        }
    }
}
