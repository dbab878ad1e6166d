// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.aws.cloudwatch.CloudWatchProvisioner;
import io.apilados.pipeline.aws.cloudwatch.PipelineMonitoring;
import java.io.PrintStream;
import java.util.Set;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;

/** A dashboard and alarms. */
final class MonitorCommand implements OperateCommand {

    @Override
    public Set<String> options() {
        return Set.of("--environment", "--function", "--tag", "--action", "--rejected");
    }

    @Override
    public int run(OperateOptions options, PrintStream out) throws UsageException {
        PipelineMonitoring monitoring = options.monitoring();
        try (CloudWatchClient client = options.cloudWatch()) {
            CloudWatchProvisioner provisioner = CloudWatchProvisioner.of(client);
            out.print((options.dryRun() ? provisioner.plan(monitoring) : provisioner.apply(monitoring)).toText());
        }
        return Operate.DONE;
    }
}
