// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest.peers;

import io.apilados.pipeline.bench.data.Participant;
import io.apilados.pipeline.bench.data.Participants;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.listener.SkipListener;
import org.springframework.batch.core.repository.support.ResourcelessJobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.file.FlatFileItemReader;
import org.springframework.batch.infrastructure.item.file.FlatFileParseException;
import org.springframework.batch.infrastructure.item.file.builder.FlatFileItemReaderBuilder;
import org.springframework.batch.infrastructure.item.file.separator.DefaultRecordSeparatorPolicy;
import org.springframework.batch.infrastructure.item.file.transform.FieldSet;
import org.springframework.batch.infrastructure.support.transaction.ResourcelessTransactionManager;
import org.springframework.core.io.FileSystemResource;

/**
 * Spring Batch: a step of fault-tolerant chunks of 100 that skips lines it cannot parse, without a database behind its
 * job repository, on one thread. An unknown key is filtered by the processor, which is cheaper than to skip it by an
 * exception; which line it was on, the processor is not told.
 */
public final class SpringBatchJob implements IngestJob {

    @Override
    public long run(Path csv, Path catalog, Path rejects) throws Exception {
        Map<String, Integer> schools = Schools.load(catalog);
        NullSink sink = new NullSink();
        ResourcelessJobRepository repository = new ResourcelessJobRepository();
        try (RejectFile rejected = new RejectFile(rejects)) {
            Step step = new StepBuilder("ingest", repository)
                    .<FieldSet, Participant>chunk(NullSink.BATCH)
                    .transactionManager(new ResourcelessTransactionManager())
                    .reader(reader(csv))
                    .processor(fields -> participant(fields, schools, rejected))
                    .writer(chunk -> sink.deliver(chunk.getItems()))
                    .faultTolerant()
                    .skip(FlatFileParseException.class)
                    .skipLimit(Long.MAX_VALUE)
                    .skipListener(new ToRejectFile(rejected))
                    .build();
            Job job = new JobBuilder("ingest", repository).start(step).build();
            JobInstance instance = repository.createJobInstance("ingest", new JobParameters());
            JobExecution execution =
                    repository.createJobExecution(instance, new JobParameters(), new ExecutionContext());
            job.execute(execution);
            if (execution.getStatus() != BatchStatus.COMPLETED) {
                throw new IllegalStateException("the job ended as " + execution.getExitStatus());
            }
        }
        return sink.delivered();
    }

    private static FlatFileItemReader<FieldSet> reader(Path csv) {
        return new FlatFileItemReaderBuilder<FieldSet>()
                .name("participants")
                .resource(new FileSystemResource(csv))
                .encoding("UTF-8")
                .saveState(false)
                .linesToSkip(1)
                .comments()
                .recordSeparatorPolicy(new DefaultRecordSeparatorPolicy())
                .delimited()
                .names(Participants.COLUMNS.toArray(String[]::new))
                .fieldSetMapper(fields -> fields)
                .build();
    }

    /** Null drops the record: the framework wants it so. */
    private static @Nullable Participant participant(FieldSet fields, Map<String, Integer> schools, RejectFile rejected)
            throws IOException {
        Integer school = schools.get(fields.readRawString(Participants.KEY_COLUMN));
        if (school == null) {
            rejected.reject(-1, RejectFile.UNKNOWN_KEY, List.of(fields.getValues()));
            return null;
        }
        return Participant.of(fields::readRawString, school);
    }

    private record ToRejectFile(RejectFile rejected) implements SkipListener<FieldSet, Participant> {

        @Override
        public void onSkipInRead(Throwable failure) {
            FlatFileParseException line = (FlatFileParseException) failure;
            try {
                rejected.reject(line.getLineNumber(), RejectFile.TOO_FEW_FIELDS, List.of(line.getInput()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
