// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest.peers;

import io.apilados.pipeline.bench.data.Participant;
import io.apilados.pipeline.bench.data.Participants;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jeasy.batch.core.job.Job;
import org.jeasy.batch.core.job.JobBuilder;
import org.jeasy.batch.core.job.JobReport;
import org.jeasy.batch.core.job.JobStatus;
import org.jeasy.batch.core.processor.RecordProcessor;
import org.jeasy.batch.core.reader.IterableRecordReader;
import org.jeasy.batch.core.record.GenericRecord;
import org.jeasy.batch.core.record.Record;
import org.jeasy.batch.core.writer.RecordWriter;
import org.jspecify.annotations.Nullable;

/**
 * Easy Batch: a reader, a processor that drops what it cannot use, and a writer. Commons CSV reads, because the
 * framework's own reader of files ends a record at the end of a line, quoted or not.
 */
public final class EasyBatchJob implements IngestJob {

    @Override
    public long run(Path csv, Path catalog, Path rejects) throws IOException {
        Map<String, Integer> schools = Schools.load(catalog);
        NullSink sink = new NullSink();
        try (BufferedReader in = Files.newBufferedReader(csv);
                CSVParser rows = Schools.parse(in);
                RejectFile rejected = new RejectFile(rejects)) {
            RecordWriter<Participant> writer = batch -> {
                List<Participant> participants = new ArrayList<>(NullSink.BATCH);
                for (Record<Participant> record : batch) {
                    participants.add(record.getPayload());
                }
                sink.deliver(participants);
            };
            Job job = new JobBuilder<CSVRecord, Participant>()
                    .batchSize(NullSink.BATCH)
                    .reader(new IterableRecordReader<>(rows))
                    .processor(new SchoolLookup(schools, rows, rejected))
                    .writer(writer)
                    .build();
            // Not through a JobExecutor: no other thread is needed.
            JobReport report = call(job);
            if (report.getStatus() != JobStatus.COMPLETED) {
                throw new IllegalStateException("the job ended as " + report.getStatus(), report.getLastError());
            }
        }
        return sink.delivered();
    }

    private static JobReport call(Job job) throws IOException {
        try {
            return job.call();
        } catch (Exception e) {
            throw new IOException("the job could not run", e);
        }
    }

    private record SchoolLookup(Map<String, Integer> schools, CSVParser rows, RejectFile rejected)
            implements RecordProcessor<CSVRecord, Participant> {

        /** Null drops the record: the framework wants it so. */
        @Override
        @SuppressWarnings("NullAway")
        public @Nullable Record<Participant> processRecord(Record<CSVRecord> record) throws IOException {
            CSVRecord row = record.getPayload();
            if (row.size() < Participants.COLUMNS.size()) {
                rejected.reject(rows.getCurrentLineNumber(), RejectFile.TOO_FEW_FIELDS, row.toList());
                return null;
            }
            Integer school = schools.get(row.get(Participants.KEY_COLUMN));
            if (school == null) {
                rejected.reject(rows.getCurrentLineNumber(), RejectFile.UNKNOWN_KEY, row.toList());
                return null;
            }
            return new GenericRecord<>(record.getHeader(), Participant.of(row::get, school));
        }
    }
}
