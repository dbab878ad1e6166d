// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Performance reports as JSON; what is not known is left out. */
final class PerformanceReportJson {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int FORMAT = 1;

    private PerformanceReportJson() {}

    static String write(PerformanceReport report) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            json.writeStringField("measuredAt", report.measuredAt().toString());
            json.writeNumberField("warmUpRuns", report.warmUpRuns());
            json.writeArrayFieldStart("samples");
            for (PerformanceSample sample : report.samples()) {
                write(json, sample);
            }
            json.writeEndArray();
            json.writeStringField("latencies", report.latencies().toBase64());
            json.writeFieldName("medianRun");
            json.writeRawValue(report.medianRun().toJson());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a StringWriter does not fail", e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, PerformanceSample sample) throws IOException {
        json.writeStartObject();
        json.writeNumberField("read", sample.read());
        json.writeNumberField("seconds", sample.seconds());
        writeKnown(json, "cpuSeconds", sample.cpuSeconds());
        writeKnown(json, "p50Millis", sample.p50Millis());
        writeKnown(json, "p95Millis", sample.p95Millis());
        writeKnown(json, "p99Millis", sample.p99Millis());
        json.writeNumberField("peakHeapBytes", sample.peakHeapBytes());
        writeKnown(json, "memoryShare", sample.memoryShare());
        writeKnown(json, "successRate", sample.successRate());
        if (sample.allocatedBytes() != null) {
            json.writeNumberField("allocatedBytes", sample.allocatedBytes());
        }
        json.writeEndObject();
    }

    private static void writeKnown(JsonGenerator json, String name, @Nullable Double value) throws IOException {
        if (value != null) {
            json.writeNumberField(name, value);
        }
    }

    static PerformanceReport read(String json) throws IOException {
        try {
            JsonTree report = JsonTree.read(json);
            if (report.whole("format") != FORMAT) {
                throw new IOException("its format is not " + FORMAT + ", the one of this version");
            }
            List<PerformanceSample> samples = new ArrayList<>();
            for (JsonTree sample : report.objects("samples")) {
                samples.add(sample(sample));
            }
            return new PerformanceReport(
                    Instant.parse(report.text("measuredAt")),
                    Math.toIntExact(report.whole("warmUpRuns")),
                    samples,
                    RunReportJson.read(report.object("medianRun")),
                    Latencies.fromBase64(report.text("latencies")));
        } catch (DateTimeParseException e) {
            // Its message holds the text.
            throw new IOException("no performance report can be read from the text: a time is none");
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new IOException("no performance report can be read from the text: " + e.getMessage(), e);
        }
    }

    private static PerformanceSample sample(JsonTree sample) throws IOException {
        return new PerformanceSample(
                sample.whole("read"),
                sample.number("seconds"),
                known(sample, "cpuSeconds"),
                known(sample, "p50Millis"),
                known(sample, "p95Millis"),
                known(sample, "p99Millis"),
                sample.whole("peakHeapBytes"),
                known(sample, "memoryShare"),
                known(sample, "successRate"),
                sample.has("allocatedBytes") ? Long.valueOf(sample.whole("allocatedBytes")) : null);
    }

    private static @Nullable Double known(JsonTree sample, String name) throws IOException {
        return sample.has(name) ? Double.valueOf(sample.number(name)) : null;
    }
}
