// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.aws.cloudwatch.PipelineMonitoring;
import io.apilados.pipeline.aws.operate.CostAnalyzer.RecordsMetric;
import io.apilados.pipeline.aws.operate.LambdaClients;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClientBuilder;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** The options of a command of {@link Operate}, read and checked. */
final class OperateOptions {

    private static final Set<String> FLAGS = Set.of("--dry-run", "--print-json", "--for-real", "--utilization");
    private static final Set<String> REPEATED = Set.of("--tag", "--action", "--attest");
    private static final Set<String> OF_ALL = Set.of("--dry-run", "--endpoint", "--print-json");

    private final Map<String, List<String>> given = new LinkedHashMap<>();

    private OperateOptions() {}

    static OperateOptions parse(List<String> arguments, Set<String> known) throws UsageException {
        OperateOptions options = new OperateOptions();
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            if (!known.contains(name) && !OF_ALL.contains(name)) {
                throw new UsageException("'" + name + "' is no option of this command; see --help");
            }
            String value = "";
            if (!FLAGS.contains(name)) {
                if (++i == arguments.size() || arguments.get(i).startsWith("--")) {
                    throw new UsageException(name + " needs a value; see --help");
                }
                value = arguments.get(i);
            }
            List<String> values = options.given.computeIfAbsent(name, unused -> new ArrayList<>());
            values.add(value);
            if (values.size() > 1 && !REPEATED.contains(name)) {
                throw new UsageException(name + " stands twice but may stand once");
            }
        }
        return options;
    }

    boolean has(String name) {
        return given.containsKey(name);
    }

    boolean dryRun() {
        return has("--dry-run");
    }

    @Nullable String text(String name) {
        return has(name) ? given.getOrDefault(name, List.of()).get(0) : null;
    }

    String required(String name) throws UsageException {
        String value = text(name);
        if (value == null) {
            throw new UsageException(name + " is needed; see --help");
        }
        return value;
    }

    String text(String name, String absent) {
        String value = text(name);
        return value == null ? absent : value;
    }

    int whole(String name, int absent) throws UsageException {
        String value = text(name);
        try {
            return value == null ? absent : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new UsageException(name + " was '" + value + "' but it must be a whole number");
        }
    }

    @Nullable Path file(String name) throws UsageException {
        String value = text(name);
        try {
            return value == null ? null : Path.of(value);
        } catch (InvalidPathException e) {
            throw new UsageException(name + " is no path; name a file");
        }
    }

    Path requiredFile(String name) throws UsageException {
        Path file = file(name);
        if (file == null) {
            throw new UsageException(name + " is needed; see --help");
        }
        return file;
    }

    List<String> all(String name) {
        return given.getOrDefault(name, List.of());
    }

    /** {@code NAME=VALUE}, by name. */
    Map<String, String> pairs(String name) throws UsageException {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : all(name)) {
            int at = pair.indexOf('=');
            if (at < 1 || at == pair.length() - 1) {
                throw new UsageException(name + " was '" + pair + "' but it must be NAME=VALUE");
            }
            pairs.put(pair.substring(0, at), pair.substring(at + 1));
        }
        return pairs;
    }

    /** Null for Amazon's. */
    @Nullable URI endpoint() throws UsageException {
        String value = text("--endpoint");
        if (value == null) {
            return null;
        }
        try {
            URI uri = new URI(value);
            if (uri.getHost() != null && uri.getScheme().matches("https?")) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // The same answer as for any other address that is none.
        }
        throw new UsageException("--endpoint must be an address that begins with http:// or https:// and names a host");
    }

    LambdaClient lambda() throws UsageException {
        return LambdaClients.create(endpoint());
    }

    CloudWatchClient cloudWatch() throws UsageException {
        CloudWatchClientBuilder builder =
                CloudWatchClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder());
        URI endpoint = endpoint();
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        return builder.build();
    }

    /** What is to be in CloudWatch. */
    PipelineMonitoring monitoring() throws UsageException {
        String environment = required("--environment");
        String function = text("--function");
        PipelineMonitoring.Builder monitoring = function == null
                ? PipelineMonitoring.ofService(environment)
                : PipelineMonitoring.ofFunction(environment, function);
        pairs("--tag").forEach(monitoring::dimension);
        all("--action").forEach(monitoring::action);
        return monitoring.rejectedRecords(whole("--rejected", 0)).build();
    }

    /** Where processed records are counted; null if that was not said. */
    @Nullable RecordsMetric records() throws UsageException {
        String environment = text("--environment");
        return environment == null ? null : RecordsMetric.of(environment, pairs("--tag"));
    }
}
