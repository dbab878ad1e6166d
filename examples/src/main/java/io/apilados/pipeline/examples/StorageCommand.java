// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.aws.operate.LifecycleSpec;
import io.apilados.pipeline.aws.operate.StorageOptimizer;
import io.apilados.pipeline.aws.operate.TieringSpec;
import io.apilados.pipeline.aws.s3.S3Clients;
import java.io.PrintStream;
import java.util.Set;
import software.amazon.awssdk.services.s3.S3Client;

/** Cheaper storage for what is rarely read. */
final class StorageCommand implements OperateCommand {

    @Override
    public Set<String> options() {
        return Set.of("--bucket", "--prefix", "--rule", "--tiering");
    }

    @Override
    public int run(OperateOptions options, PrintStream out) throws UsageException {
        String bucket = options.required("--bucket");
        String prefix = options.text("--prefix", "");
        String tiering = options.text("--tiering");
        try (S3Client client = S3Clients.create(options.endpoint())) {
            StorageOptimizer storage = StorageOptimizer.of(client, bucket);
            String diff;
            if (tiering != null) {
                TieringSpec spec = TieringSpec.ofDefaults(tiering, prefix);
                diff = options.dryRun() ? storage.plan(spec) : storage.apply(spec);
            } else {
                LifecycleSpec spec = LifecycleSpec.ofDefaults(options.text("--rule", "apilados"), prefix);
                diff = options.dryRun() ? storage.plan(spec) : storage.apply(spec);
            }
            out.print(diff.isEmpty() ? "all is as it is to be" + System.lineSeparator() : diff);
        }
        return Operate.DONE;
    }
}
