// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.apilados.pipeline.checkpoint.RejectReason;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** Writes the summary as JSON. Its member names are stable: scripts read them. */
final class RunReportJson {

    private RunReportJson() {}

    static String write(RunReport report) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
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
            json.writeFieldName("resumedFrom");
            Long resumedFrom = report.resumedFrom();
            if (resumedFrom == null) {
                json.writeNull();
            } else {
                json.writeNumber(resumedFrom);
            }
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
            json.writeArrayFieldStart("notes");
            for (String note : report.notes()) {
                json.writeString(note);
            }
            json.writeEndArray();
            json.writeStringField("endReason", report.endReason());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a StringWriter does not fail", e);
        }
        return text.toString();
    }
}
