// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Lambda: functions with their configuration, invocations by a rule of the test's, provisioned concurrency. */
public final class LambdaStub {

    /** How the log tells of an invocation. */
    public enum LogFormat {
        TEXT,
        JSON
    }

    /**
     * What an invocation is like.
     *
     * @param durationMillis of the handler
     * @param initMillis of the start, or zero where the environment was warm
     * @param maxMemoryMb the most memory in use
     * @param error what kind of error it ends with; null if with none
     * @param answer the function's own answer
     */
    public record Invocation(
            double durationMillis,
            double initMillis,
            int maxMemoryMb,
            @Nullable String error,
            String answer) {

        public Invocation(double durationMillis) {
            this(durationMillis, 0, 100, null, "{\"dryRun\":true}");
        }
    }

    /** A function as it is configured. */
    public static final class Function {
        /** Its memory. */
        public volatile int memoryMb = 1024;
        /** Its time-out. */
        public volatile int timeoutSeconds = 3;
        /** Its ephemeral storage. */
        public volatile int storageMb = 512;
        /** Its processor. */
        public volatile String architecture = "x86_64";
        /** {@code PublishedVersions} or {@code None}. */
        public volatile String snapStart = "None";
        /** How often it is told that an update is under way before it is at its end. */
        public volatile int pollsUntilUpdated;
        /** How an update ends. */
        public volatile String updateEndsAs = "Successful";
        /** How often it is told that provisioning is under way. */
        public volatile int pollsUntilReady;
        /** How provisioning ends. */
        public volatile String provisioningEndsAs = "READY";

        private int pollsLeft;
        private int provisioningPollsLeft;
        private final Map<String, Integer> provisioned = new ConcurrentHashMap<>();
        private final List<Integer> memories = new ArrayList<>();

        /** Every memory that it was set to, in order. */
        public synchronized List<Integer> memories() {
            return List.copyOf(memories);
        }
    }

    private final Map<String, Function> functions = new ConcurrentHashMap<>();
    private volatile LogFormat logFormat = LogFormat.TEXT;
    private volatile BiFunction<Function, String, Invocation> behaviour =
            (function, payload) -> new Invocation(100_000.0 / function.memoryMb);

    /** The function of this name, which is there from now on. */
    public Function function(String name) {
        return functions.computeIfAbsent(name, unused -> new Function());
    }

    /** How functions behave; told the function and what it is invoked with. */
    public void behaves(BiFunction<Function, String, Invocation> rule) {
        behaviour = rule;
    }

    /** How logs are written. */
    public void logsAs(LogFormat format) {
        logFormat = format;
    }

    Reply answer(AwsStub.Call call) {
        Map<String, @Nullable Object> input = call.input();
        Function function = functions.get(String.valueOf(input.get("FunctionName")));
        if (function == null) {
            return Wire.LAMBDA.error(404, "ResourceNotFoundException");
        }
        synchronized (function) {
            return switch (call.operation()) {
                case "GetFunctionConfiguration" -> Reply.json(200, configuration(call, function));
                case "UpdateFunctionConfiguration" -> update(call, function);
                case "Invoke" -> invoke(call, function);
                case "PutProvisionedConcurrencyConfig" -> {
                    String qualifier = String.valueOf(input.get("Qualifier"));
                    if (qualifier.equals("$LATEST")) {
                        yield Wire.LAMBDA.error(400, "InvalidParameterValueException");
                    }
                    function.provisioned.put(
                            qualifier,
                            ((Number) Objects.requireNonNull(input.get("ProvisionedConcurrentExecutions"))).intValue());
                    function.provisioningPollsLeft = function.pollsUntilReady;
                    yield Reply.json(202, provisioned(function, qualifier));
                }
                case "GetProvisionedConcurrencyConfig" -> {
                    String qualifier = String.valueOf(input.get("Qualifier"));
                    yield function.provisioned.containsKey(qualifier)
                            ? Reply.json(200, provisioned(function, qualifier))
                            : Wire.LAMBDA.error(404, "ProvisionedConcurrencyConfigNotFoundException");
                }
                default -> throw new IllegalStateException(call.operation() + " is not stubbed");
            };
        }
    }

    private static Map<String, Object> configuration(AwsStub.Call call, Function function) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("FunctionName", String.valueOf(call.input().get("FunctionName")));
        told.put("MemorySize", function.memoryMb);
        told.put("Timeout", function.timeoutSeconds);
        told.put("Architectures", List.of(function.architecture));
        told.put("EphemeralStorage", Map.of("Size", function.storageMb));
        told.put("SnapStart", Map.of("ApplyOn", function.snapStart, "OptimizationStatus", "Off"));
        told.put("State", "Active");
        told.put("LastUpdateStatus", function.pollsLeft > 0 ? "InProgress" : function.updateEndsAs);
        if (function.pollsLeft > 0) {
            function.pollsLeft--;
        }
        return told;
    }

    private static Reply update(AwsStub.Call call, Function function) {
        if (function.pollsLeft > 0) {
            return Wire.LAMBDA.error(409, "ResourceConflictException");
        }
        if (call.input().get("MemorySize") instanceof Number memory) {
            function.memoryMb = memory.intValue();
            function.memories.add(memory.intValue());
        }
        if (call.input().get("Timeout") instanceof Number timeout) {
            function.timeoutSeconds = timeout.intValue();
        }
        function.pollsLeft = function.pollsUntilUpdated;
        return Reply.json(200, configuration(call, function));
    }

    private static Map<String, Object> provisioned(Function function, String qualifier) {
        int requested = function.provisioned.getOrDefault(qualifier, 0);
        boolean under = function.provisioningPollsLeft-- > 0;
        return Map.of(
                "RequestedProvisionedConcurrentExecutions",
                requested,
                "AvailableProvisionedConcurrentExecutions",
                under ? 0 : requested,
                "Status",
                under ? "IN_PROGRESS" : function.provisioningEndsAs);
    }

    private Reply invoke(AwsStub.Call call, Function function) {
        String payload = new String(call.body(), StandardCharsets.UTF_8);
        Invocation invocation = behaviour.apply(function, payload);
        Reply reply = new Reply(
                200,
                Map.of("Content-Type", "application/json", "X-Amz-Executed-Version", "$LATEST"),
                invocation.answer().getBytes(StandardCharsets.UTF_8));
        if ("Tail".equals(call.input().get("LogType"))) {
            String log = logFormat == LogFormat.TEXT ? text(function, invocation) : json(function, invocation);
            reply = reply.with(
                    "X-Amz-Log-Result", Base64.getEncoder().encodeToString(log.getBytes(StandardCharsets.UTF_8)));
        }
        return invocation.error() == null ? reply : reply.with("X-Amz-Function-Error", invocation.error());
    }

    private static long billed(Invocation invocation) {
        return (long) Math.ceil(invocation.durationMillis() + invocation.initMillis());
    }

    /** As the managed runtimes write it. */
    private static String text(Function function, Invocation invocation) {
        String id = "3604209a-e9a3-11e6-939a-754dd98c7be3";
        return String.format(
                        Locale.ROOT,
                        "ut off before this line\nSTART RequestId: %s Version: $LATEST\nEND RequestId: %s\n"
                                + "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\t"
                                + "Max Memory Used: %d MB\t",
                        id,
                        id,
                        id,
                        invocation.durationMillis(),
                        billed(invocation),
                        function.memoryMb,
                        invocation.maxMemoryMb())
                + (invocation.initMillis() > 0
                        ? String.format(Locale.ROOT, "Init Duration: %.2f ms\t\n", invocation.initMillis())
                        : "\n");
    }

    private static String json(Function function, Invocation invocation) {
        return String.format(
                        Locale.ROOT,
                        "{\"time\":\"2026-11-20T08:00:00.000Z\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"1\"}}\n"
                                + "{\"time\":\"2026-11-20T08:00:01.000Z\",\"type\":\"platform.report\",\"record\":{"
                                + "\"requestId\":\"1\",\"metrics\":{\"durationMs\":%.3f,\"billedDurationMs\":%d,"
                                + "\"memorySizeMB\":%d,\"maxMemoryUsedMB\":%d",
                        invocation.durationMillis(),
                        billed(invocation),
                        function.memoryMb,
                        invocation.maxMemoryMb())
                + (invocation.initMillis() > 0
                        ? String.format(Locale.ROOT, ",\"initDurationMs\":%.3f", invocation.initMillis())
                        : "")
                + "},\"status\":\"success\"}}\n";
    }
}
