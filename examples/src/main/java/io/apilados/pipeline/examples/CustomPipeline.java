// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineListener;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.deliver.RecordOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Everything of one's own: a source in memory, a record type, a delivery that answers for each record. */
public final class CustomPipeline {

    private CustomPipeline() {}

    /** What is delivered. */
    record Enrollment(String student, String school, int age) {

        /** Reads a row; a row that makes no sense rejects itself. */
        static Enrollment of(CsvRow row) {
            int age = row.integer("age");
            if (age < 3) {
                throw new RejectedRecordException("too-young", "column age: expected 3 or more");
            }
            return new Enrollment(row.text("student"), row.text("school"), age);
        }
    }

    /** A source that is a text. */
    record TextSource(String text) implements ByteSource {

        @Override
        public String location() {
            return "text in memory";
        }

        @Override
        public SourceVersion version() {
            return new SourceVersion(location(), bytes().length, "hash:" + text.hashCode(), true);
        }

        @Override
        public InputStream open(SourceVersion version, long byteOffset) {
            byte[] bytes = bytes();
            int offset = (int) byteOffset;
            return new ByteArrayInputStream(bytes, offset, bytes.length - offset);
        }

        private byte[] bytes() {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Runs it. */
    public static void main(String[] args) {
        Map<String, Enrollment> registry = new ConcurrentHashMap<>();
        BatchDelivery<Enrollment> register = BatchDelivery.blocking(batch -> new DeliveryOutcome.PerRecord(
                batch.records().stream().map(one -> enter(registry, one)).toList()));

        var report = Pipeline.from(new TextSource("""
                        student,school,age
                        Ana,01DPR0001V,9
                        Bruno,01DPR0002U,two
                        Carmen,01DPR0001V,2
                        Darío,01DPR0002U,11
                        Ana,01DPR0002U,10
                        Elena,,12
                        """))
                .parse(CsvParser.withHeader())
                .filter(row -> !row.isBlank("school"))
                .enrich(Enrollment::of)
                .batch(BatchSizing.fixed(2))
                .deliver(register)
                .concurrency(ConcurrencyController.fixed(1))
                .rejects(RejectedRecords.counting())
                .listener(new PipelineListener() {
                    @Override
                    public void recordRejected(RejectedRecord record) {
                        System.out.println("rejected at " + record);
                    }
                })
                .build()
                .run();
        System.out.println("registered: " + registry.size());
        System.out.print(report.toText());
    }

    private static RecordOutcome enter(Map<String, Enrollment> registry, Enrollment enrollment) {
        return registry.putIfAbsent(enrollment.student(), enrollment) == null
                ? RecordOutcome.delivered()
                : RecordOutcome.rejected("duplicate", "the student is registered already");
    }
}
