// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import io.apilados.pipeline.aws.internal.Json;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What Lambda itself says of one invocation at the end of its log: a line that begins with {@code REPORT}, or with JSON logs
 * an event of the type {@code platform.report}. Immutable.
 *
 * @param durationMillis of the handler
 * @param initMillis of the start of the environment; zero if it was there
 * @param restoreMillis of the environment from a snapshot; zero if there was none
 * @param billedMillis what is paid for, of all of these
 * @param memoryMb what the function had
 * @param maxMemoryUsedMb the most that was in use
 */
public record LambdaReport(
        double durationMillis,
        double initMillis,
        double restoreMillis,
        double billedMillis,
        int memoryMb,
        int maxMemoryUsedMb) {

    private static final Pattern FIGURE = Pattern.compile("([A-Z][A-Za-z ]*): ([0-9.]+) (?:ms|MB)");

    /** From the call to the answer, as far as Lambda is concerned. */
    public double totalMillis() {
        return durationMillis + initMillis + restoreMillis;
    }

    /**
     * The last report in the tail of a log.
     *
     * @param tail some kilobytes of text, the first line of which may be cut off
     * @throws IOException if there is none; nothing of the text is in the message
     */
    public static LambdaReport parse(String tail) throws IOException {
        String[] lines = tail.split("\n");
        for (int i = lines.length - 1; i >= 0; i--) {
            String line = lines[i].strip();
            LambdaReport report = line.startsWith("REPORT ") ? ofText(line) : ofJson(line);
            if (report != null) {
                return report;
            }
        }
        throw new IOException("the tail of the log has " + lines.length
                + " lines but neither a REPORT line nor a platform.report event with all figures; is its system log at"
                + " level INFO?");
    }

    private static @Nullable LambdaReport ofText(String line) {
        double duration = -1;
        double billed = -1;
        double init = 0;
        double restore = 0;
        double billedRestore = 0;
        int memory = -1;
        int used = -1;
        Matcher figure = FIGURE.matcher(line);
        while (figure.find()) {
            double value = Double.parseDouble(figure.group(2));
            switch (figure.group(1)) {
                case "Duration" -> duration = value;
                case "Billed Duration" -> billed = value;
                case "Init Duration" -> init = value;
                case "Restore Duration" -> restore = value;
                case "Billed Restore Duration" -> billedRestore = value;
                case "Memory Size" -> memory = (int) value;
                case "Max Memory Used" -> used = (int) value;
                default -> {}
            }
        }
        return of(duration, init, restore, billed, billedRestore, memory, used);
    }

    private static @Nullable LambdaReport ofJson(String line) {
        if (!line.contains("platform.report")) {
            return null;
        }
        try {
            if (Json.readObject(line).get("record") instanceof Map<?, ?> record
                    && record.get("metrics") instanceof Map<?, ?> metrics) {
                return of(
                        number(metrics, "durationMs", -1),
                        number(metrics, "initDurationMs", 0),
                        number(metrics, "restoreDurationMs", 0),
                        number(metrics, "billedDurationMs", -1),
                        number(metrics, "billedRestoreDurationMs", 0),
                        (int) number(metrics, "memorySizeMB", -1),
                        (int) number(metrics, "maxMemoryUsedMB", -1));
            }
        } catch (IOException e) {
            // A line that only looks like one, or the first, which is cut off.
        }
        return null;
    }

    private static double number(Map<?, ?> members, String name, double absent) {
        return members.get(name) instanceof Number number ? number.doubleValue() : absent;
    }

    private static @Nullable LambdaReport of(
            double duration, double init, double restore, double billed, double billedRestore, int memory, int used) {
        return duration < 0 || billed < 0 || memory < 0 || used < 0
                ? null
                : new LambdaReport(duration, init, restore, billed + billedRestore, memory, used);
    }
}
