// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.report.GoalVerdict.Goal;
import io.apilados.pipeline.report.GoalVerdict.Verdict;
import io.apilados.pipeline.report.RunTimeline.Change;
import io.apilados.pipeline.report.RunTimeline.Point;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reports as JSON. The member names of the summary are stable: scripts read them. The whole report has them, too, and more;
 * its timeline stands in columns, one array for each figure, with times in milliseconds and latencies in microseconds.
 */
final class RunReportJson {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int FORMAT = 1;

    private RunReportJson() {}

    static String summary(RunReport report) {
        return object(json -> writeSummary(json, report));
    }

    static String write(RunReport report) {
        return object(json -> {
            json.writeNumberField("format", FORMAT);
            writeSummary(json, report);
            json.writeStringField("startedAt", report.startedAt().toString());
            json.writeNumberField("elapsedNanos", report.elapsed().toNanos());
            writeNumberOrNull(json, "memoryShare", report.memoryShare());
            writeLatencies(json, report.latencies());
            writeTimeline(json, report.timeline());
            json.writeObjectFieldStart("settings");
            for (Map.Entry<String, String> setting : report.settings().entrySet()) {
                json.writeStringField(setting.getKey(), setting.getValue());
            }
            json.writeEndObject();
            json.writeArrayFieldStart("goals");
            for (GoalVerdict verdict : report.verdicts()) {
                json.writeStartObject();
                json.writeStringField("goal", verdict.goal().name());
                json.writeStringField("verdict", verdict.verdict().name());
                writeNumberOrNull(json, "measured", verdict.measured());
                json.writeNumberField("target", verdict.target());
                json.writeNumberField("critical", verdict.critical());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private interface Members {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private static String object(Members members) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            members.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a StringWriter does not fail", e);
        }
        return text.toString();
    }

    private static void writeNumberOrNull(JsonGenerator json, String name, @Nullable Double value) throws IOException {
        if (value == null) {
            json.writeNullField(name);
        } else {
            json.writeNumberField(name, value);
        }
    }

    private static void writeSummary(JsonGenerator json, RunReport report) throws IOException {
        json.writeStringField("status", report.status().name());
        json.writeStringField("source", report.source());
        json.writeNumberField("read", report.read());
        json.writeNumberField("delivered", report.delivered());
        json.writeNumberField("rejected", report.rejected());
        json.writeNumberField("filtered", report.filtered());
        json.writeNumberField("unsettled", report.unsettled());
        json.writeNumberField("oddities", report.oddities());
        json.writeNumberField("batches", report.batches());
        json.writeNumberField("requests", report.requests());
        json.writeNumberField("retries", report.retries());
        json.writeNumberField("bytesRead", report.bytesRead());
        json.writeNumberField("seconds", Math.round(report.seconds() * 1000) / 1000.0);
        json.writeNumberField("recordsPerSecond", Math.round(report.recordsPerSecond() * 10) / 10.0);
        json.writeNumberField("peakHeapBytes", report.peakHeapBytes());
        Long resumedFrom = report.resumedFrom();
        if (resumedFrom == null) {
            json.writeNullField("resumedFrom");
        } else {
            json.writeNumberField("resumedFrom", resumedFrom);
        }
        json.writeArrayFieldStart("rejects");
        for (RejectReason reason : report.rejectReasons()) {
            json.writeStartObject();
            json.writeStringField("stage", reason.stage());
            json.writeStringField("code", reason.code());
            json.writeStringField("message", reason.message());
            json.writeNumberField("count", reason.count());
            writeColumn(json, "firstLines", reason.firstLines(), line -> line);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("notes");
        for (String note : report.notes()) {
            json.writeString(note);
        }
        json.writeEndArray();
        json.writeStringField("endReason", report.endReason());
    }

    private static void writeLatencies(JsonGenerator json, Latencies latencies) throws IOException {
        json.writeObjectFieldStart("latency");
        json.writeNumberField("count", latencies.count());
        json.writeNumberField("meanMicros", micros(latencies.mean()));
        json.writeNumberField("p50Micros", micros(latencies.percentile(50)));
        json.writeNumberField("p90Micros", micros(latencies.percentile(90)));
        json.writeNumberField("p95Micros", micros(latencies.percentile(95)));
        json.writeNumberField("p99Micros", micros(latencies.percentile(99)));
        json.writeNumberField("maxMicros", micros(latencies.max()));
        json.writeStringField("histogram", latencies.toBase64());
        json.writeEndObject();
    }

    private static void writeTimeline(JsonGenerator json, RunTimeline timeline) throws IOException {
        List<Point> points = timeline.points();
        json.writeObjectFieldStart("timeline");
        for (Column column : Column.values()) {
            writeColumn(json, column.member, points, column.value);
        }
        json.writeArrayFieldStart("changes");
        for (Change change : timeline.changes()) {
            json.writeStartObject();
            json.writeNumberField("atMillis", change.at().toMillis());
            json.writeStringField("what", change.what().name());
            json.writeStringField("to", change.to());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static <E> void writeColumn(
            JsonGenerator json, String name, List<E> elements, ToLongFunction<? super E> value) throws IOException {
        json.writeArrayFieldStart(name);
        for (E element : elements) {
            json.writeNumber(value.applyAsLong(element));
        }
        json.writeEndArray();
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1000;
    }

    /** One figure of all points of a timeline. */
    private enum Column {
        AT("atMillis", point -> point.at().toMillis()),
        READ("read", Point::read),
        DELIVERED("delivered", Point::delivered),
        REJECTED("rejected", Point::rejected),
        REQUESTS("requests", Point::requests),
        RETRIES("retries", Point::retries),
        BYTES_READ("bytesRead", Point::bytesRead),
        IN_FLIGHT("inFlight", Point::inFlight),
        BATCH_SIZE("batchSize", Point::batchSize),
        CONCURRENCY_LIMIT("concurrencyLimit", Point::concurrencyLimit),
        P50("p50Micros", point -> micros(point.p50())),
        P95("p95Micros", point -> micros(point.p95())),
        P99("p99Micros", point -> micros(point.p99())),
        HEAP_USED("heapUsedBytes", Point::heapUsedBytes);

        private final String member;
        private final ToLongFunction<Point> value;

        Column(String member, ToLongFunction<Point> value) {
            this.member = member;
            this.value = value;
        }
    }

    static RunReport read(String json) throws IOException {
        try {
            return read(JsonTree.read(json));
        } catch (DateTimeParseException e) {
            // Its message holds the text.
            throw new IOException("no run report can be read from the text: a time is none");
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new IOException("no run report can be read from the text: " + e.getMessage(), e);
        }
    }

    /** One that is part of something else; what is wrong with its values is not always an {@link IOException}. */
    static RunReport read(JsonTree report) throws IOException {
        if (report.whole("format") != FORMAT) {
            throw new IOException("its format is not " + FORMAT + ", the one of this version");
        }
        return new RunReport(
                report.word("status", RunStatus.class),
                report.text("source"),
                report.whole("read"),
                report.whole("delivered"),
                report.whole("rejected"),
                report.whole("filtered"),
                report.whole("unsettled"),
                report.whole("oddities"),
                report.whole("batches"),
                report.whole("requests"),
                report.whole("retries"),
                report.whole("bytesRead"),
                Instant.parse(report.text("startedAt")),
                Duration.ofNanos(report.whole("elapsedNanos")),
                report.whole("peakHeapBytes"),
                report.has("memoryShare") ? Double.valueOf(report.number("memoryShare")) : null,
                report.has("resumedFrom") ? Long.valueOf(report.whole("resumedFrom")) : null,
                reasons(report),
                report.texts("notes"),
                Latencies.fromBase64(report.object("latency").text("histogram")),
                timeline(report.object("timeline")),
                settings(report.object("settings")),
                verdicts(report),
                report.textOrNull("endReason"));
    }

    private static List<RejectReason> reasons(JsonTree report) throws IOException {
        List<RejectReason> reasons = new ArrayList<>();
        for (JsonTree reason : report.objects("rejects")) {
            List<Long> lines = new ArrayList<>();
            for (long line : reason.wholes("firstLines")) {
                lines.add(line);
            }
            reasons.add(new RejectReason(
                    reason.text("stage"), reason.text("code"), reason.text("message"), reason.whole("count"), lines));
        }
        return reasons;
    }

    private static RunTimeline timeline(JsonTree timeline) throws IOException {
        long[][] columns = new long[Column.values().length][];
        for (Column column : Column.values()) {
            columns[column.ordinal()] = timeline.wholes(column.member);
            if (columns[column.ordinal()].length != columns[0].length) {
                throw new IOException("member 'timeline." + column.member + "' is not as long as the others");
            }
        }
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < columns[0].length; i++) {
            points.add(new Point(
                    Duration.ofMillis(columns[Column.AT.ordinal()][i]),
                    columns[Column.READ.ordinal()][i],
                    columns[Column.DELIVERED.ordinal()][i],
                    columns[Column.REJECTED.ordinal()][i],
                    columns[Column.REQUESTS.ordinal()][i],
                    columns[Column.RETRIES.ordinal()][i],
                    columns[Column.BYTES_READ.ordinal()][i],
                    Math.toIntExact(columns[Column.IN_FLIGHT.ordinal()][i]),
                    Math.toIntExact(columns[Column.BATCH_SIZE.ordinal()][i]),
                    Math.toIntExact(columns[Column.CONCURRENCY_LIMIT.ordinal()][i]),
                    ofMicros(columns[Column.P50.ordinal()][i]),
                    ofMicros(columns[Column.P95.ordinal()][i]),
                    ofMicros(columns[Column.P99.ordinal()][i]),
                    columns[Column.HEAP_USED.ordinal()][i]));
        }
        List<Change> changes = new ArrayList<>();
        for (JsonTree change : timeline.objects("changes")) {
            changes.add(new Change(
                    Duration.ofMillis(change.whole("atMillis")),
                    change.word("what", Change.Subject.class),
                    change.text("to")));
        }
        return new RunTimeline(points, changes);
    }

    private static Duration ofMicros(long micros) {
        return Duration.ofNanos(Math.multiplyExact(micros, 1000L));
    }

    private static Map<String, String> settings(JsonTree settings) throws IOException {
        Map<String, String> all = new LinkedHashMap<>();
        for (String name : settings.names()) {
            all.put(name, settings.text(name));
        }
        return all;
    }

    private static List<GoalVerdict> verdicts(JsonTree report) throws IOException {
        List<GoalVerdict> verdicts = new ArrayList<>();
        for (JsonTree verdict : report.objects("goals")) {
            verdicts.add(new GoalVerdict(
                    verdict.word("goal", Goal.class),
                    verdict.word("verdict", Verdict.class),
                    verdict.has("measured") ? Double.valueOf(verdict.number("measured")) : null,
                    verdict.number("target"),
                    verdict.number("critical")));
        }
        return verdicts;
    }
}
