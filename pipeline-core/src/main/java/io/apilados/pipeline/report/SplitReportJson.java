// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.apilados.pipeline.checkpoint.RejectReason;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reports of splits as JSON; members always stand in the same order. */
final class SplitReportJson {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int FORMAT = 1;

    private SplitReportJson() {}

    private interface Members {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private static String object(Members members) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            members.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a StringWriter does not fail", e);
        }
        return text.toString();
    }

    static String write(SplitReport report) {
        return object(json -> members(report, json));
    }

    static String write(SplitJobReport job) {
        return object(json -> {
            json.writeStringField("planId", job.planId());
            json.writeStringField("source", job.source());
            json.writeStringField("fingerprint", job.fingerprint());
            json.writeNumberField("splits", job.splits());
            json.writeArrayFieldStart("reports");
            for (SplitReport report : job.reports().values()) {
                json.writeStartObject();
                members(report, json);
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static void members(SplitReport report, JsonGenerator json) throws IOException {
        json.writeStringField("planId", report.planId());
        json.writeNumberField("index", report.index());
        json.writeStringField("source", report.source());
        json.writeStringField("fingerprint", report.fingerprint());
        json.writeNumberField("read", report.read());
        json.writeNumberField("delivered", report.delivered());
        json.writeNumberField("rejected", report.rejected());
        json.writeNumberField("filtered", report.filtered());
        json.writeNumberField("oddities", report.oddities());
        json.writeNumberField("batches", report.batches());
        json.writeNumberField("bytes", report.bytes());
        json.writeStringField("digest", HexFormat.of().toHexDigits(report.digest()));
        json.writeArrayFieldStart("rejects");
        for (RejectReason reason : report.rejectReasons()) {
            json.writeStartObject();
            json.writeStringField("stage", reason.stage());
            json.writeStringField("code", reason.code());
            json.writeStringField("message", reason.message());
            json.writeNumberField("count", reason.count());
            json.writeArrayFieldStart("firstLines");
            for (long line : reason.firstLines()) {
                json.writeNumber(line);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    static SplitReport read(String text) throws IOException {
        try {
            return report(ofFormat(text));
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException("the report of the split cannot be read: " + e.getMessage(), e);
        }
    }

    static SplitJobReport readJob(String text) throws IOException {
        try {
            JsonTree json = ofFormat(text);
            SortedMap<Integer, SplitReport> reports = new TreeMap<>();
            for (JsonTree one : json.objects("reports")) {
                SplitReport report = report(one);
                reports.put(report.index(), report);
            }
            return new SplitJobReport(
                    json.text("planId"),
                    json.text("source"),
                    json.text("fingerprint"),
                    Math.toIntExact(json.whole("splits")),
                    reports);
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new IOException("the report of the splits cannot be read: " + e.getMessage(), e);
        }
    }

    private static JsonTree ofFormat(String text) throws IOException {
        JsonTree json = JsonTree.read(text);
        if (json.whole("format") != FORMAT) {
            throw new IOException(
                    "it has format " + json.whole("format") + " but this version of the library reads " + FORMAT);
        }
        return json;
    }

    private static SplitReport report(JsonTree json) throws IOException {
        List<RejectReason> reasons = new ArrayList<>();
        for (JsonTree reason : json.objects("rejects")) {
            reasons.add(new RejectReason(
                    reason.text("stage"),
                    reason.text("code"),
                    reason.text("message"),
                    reason.whole("count"),
                    Arrays.stream(reason.wholes("firstLines")).boxed().toList()));
        }
        return new SplitReport(
                json.text("planId"),
                index(json.whole("index")),
                json.text("source"),
                json.text("fingerprint"),
                json.whole("read"),
                json.whole("delivered"),
                json.whole("rejected"),
                json.whole("filtered"),
                json.whole("oddities"),
                json.whole("batches"),
                json.whole("bytes"),
                digest(json.text("digest")),
                reasons);
    }

    private static int index(long index) throws IOException {
        if (index < 0 || index > Integer.MAX_VALUE) {
            throw new IOException("member 'index' was " + index + " but it must be 0 or more");
        }
        return (int) index;
    }

    private static long digest(String hex) throws IOException {
        try {
            return HexFormat.fromHexDigitsToLong(hex);
        } catch (IllegalArgumentException e) {
            throw new IOException("member 'digest' must be 16 hexadecimal digits and is not", e);
        }
    }
}
