// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.PipelineConfigurationException;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.JsonMapping;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.JsonTree;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceChangedException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.source.Split;
import io.apilados.pipeline.source.SplitPlan;
import io.apilados.pipeline.testing.MemorySplitStore;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Splits of a manifest, one event each, in virtual time. */
@Timeout(60)
class SplitWorkerTest {

    private static final int ROWS = 1_000;
    private static final int BATCH = 10;

    private static final SplitPlan NOTHING = new SplitPlan(
            "none",
            new SourceVersion("none", 0, "", true),
            1,
            List.of(),
            "",
            "",
            List.of(new Split(new SourceVersion("none", 0, "", true), 0, SourcePosition.START, 0, 0)));

    @TempDir
    Path folder;

    private final VirtualScheduler time = new VirtualScheduler();
    private final MemorySplitStore store = new MemorySplitStore();
    private final List<String> sent = new ArrayList<>();
    private Duration latency = Duration.ZERO;
    private Path csv = Path.of("");
    private SplitPlan plan = NOTHING;
    private String manifest = "";

    @BeforeEach
    void publish() throws IOException {
        StringBuilder text = new StringBuilder("id,text\n");
        for (int i = 0; i < ROWS; i++) {
            text.append(i).append(i % 9 == 0 ? ",\"two\nlines\"\n" : ",one\n");
        }
        csv = Files.writeString(folder.resolve("in.csv"), text);
        ByteSource source = ByteSource.file(csv);
        plan = CsvParser.withHeader().plan(source, source.version(), text.length() / 3, 1);
        manifest = SplitManifest.publish(plan, store);
    }

    private SplitWorker worker() {
        return SplitWorker.of(
                        store,
                        split -> Pipeline.from(ByteSource.file(csv))
                                .parse(CsvParser.withHeader())
                                .enrich(JsonMapping.builder().text("id").build())
                                .batch(BatchSizing.fixed(BATCH))
                                .deliver(batch -> {
                                    time.advance(latency);
                                    sent.add(batch.key());
                                    return CompletableFuture.completedFuture(DeliveryOutcome.delivered());
                                })
                                .concurrency(ConcurrencyController.fixed(1))
                                .scheduler(time))
                .withReserve(Duration.ofMillis(100));
    }

    /** An invocation with so much time. */
    private String invoke(SplitWorkerHandler handler, String event, Duration budget) throws IOException {
        long end = time.nanoTime() + budget.toNanos();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        handler.handleRequest(
                new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8)), answer, new TestContext(() ->
                        (int) ((end - time.nanoTime()) / 1_000_000)));
        return answer.toString(StandardCharsets.UTF_8);
    }

    private static final class Handler extends SplitWorkerHandler {
        Handler(SplitWorker worker) {
            super(worker);
        }
    }

    @Test
    void theManifestHasALineForEachSplitWhichIsTheEventOfItsWorker() throws IOException {
        String lines = new String(store.read(SplitManifest.name(manifest)).orElseThrow(), StandardCharsets.UTF_8);
        assertThat(lines.lines()).hasSize(plan.splits().size()).hasSizeGreaterThan(2);
        Handler handler = new Handler(worker());
        for (String event : lines.lines().toList()) {
            assertThat(invoke(handler, event, Duration.ofMinutes(1))).startsWith("{\"done\":true,\"report\":{");
        }
        JsonTree report = JsonTree.read(invoke(handler, "{\"manifest\":\"" + manifest + "\"}", Duration.ofMinutes(1)));
        assertThat(report.whole("delivered")).isEqualTo(ROWS);
        assertThat(report.whole("missing")).isZero();
        assertThat(sent).doesNotHaveDuplicates();
    }

    @Test
    void aSplitThatNeedsThreeInvocationsCompletesOnce() throws IOException {
        latency = Duration.ofMillis(100);
        Handler handler = new Handler(worker());
        String event = "{\"manifest\":\"" + manifest + "\",\"split\":1}";
        int invocations = 0;
        String answer = "";
        while (!answer.contains("\"done\":true")) {
            answer = invoke(handler, invocations == 0 ? event : answer, Duration.ofMillis(1_700));
            assertThat(answer)
                    .satisfiesAnyOf(
                            text -> assertThat(text).contains("\"done\":true"),
                            text -> assertThat(text).contains("\"idleInvocations\":0"));
            invocations++;
        }
        assertThat(invocations).isEqualTo(3);
        assertThat(sent)
                .doesNotHaveDuplicates()
                .hasSize((int) (plan.splits().get(1).records() + BATCH - 1) / BATCH);
    }

    @Test
    void anInvocationWithoutTimeCountsAsIdle() throws IOException {
        Handler handler = new Handler(worker());
        String event = "{\"manifest\":\"" + manifest + "\",\"split\":1,\"idleInvocations\":2}";
        assertThat(invoke(handler, event, Duration.ofMillis(300))).endsWith(",\"split\":1,\"idleInvocations\":3}");
        assertThat(sent).isEmpty();
    }

    @Test
    void whatCannotBeDoneIsSaid() throws IOException {
        SplitWorker worker = worker();
        assertThatThrownBy(() -> worker.run("other", 0)).hasMessageContaining("there is no manifest 'other'");
        assertThatThrownBy(() -> worker.run(manifest, 99)).hasMessageContaining("split was 99");
        Files.writeString(csv, "later,1\n", StandardOpenOption.APPEND);
        assertThatThrownBy(() -> worker.run(manifest, 0)).isInstanceOf(SourceChangedException.class);
        assertThat(sent).isEmpty();
        assertThat(worker.report(manifest).missing()).hasSize(plan.splits().size());
    }

    @Test
    void jobsOfAnArrayShareTheSplits() throws IOException {
        SplitArrayJob job = new SplitArrayJob(worker());
        Map<String, String> first =
                Map.of(SplitArrayJob.MANIFEST, manifest, SplitArrayJob.BATCH_INDEX, "0", SplitArrayJob.BATCH_SIZE, "2");
        assertThat(job.run(first)).extracting(SplitResult::split).containsExactly(0, 2);
        assertThat(worker().report(manifest).isComplete()).isFalse();
        Map<String, String> second = Map.of(
                SplitArrayJob.MANIFEST, manifest, SplitArrayJob.KUBERNETES_INDEX, "1", SplitArrayJob.WORKERS, "2");
        assertThat(job.run(second)).allMatch(SplitResult::isDone);
        assertThat(worker().report(manifest).delivered()).isEqualTo(ROWS);
        assertThat(sent).doesNotHaveDuplicates();
    }

    @Test
    void aJobOfAnArraySaysAllThatItLacks() {
        SplitArrayJob job = new SplitArrayJob(worker());
        assertThatThrownBy(() -> job.run(Map.of(SplitArrayJob.BATCH_SIZE, "none")))
                .isInstanceOf(PipelineConfigurationException.class)
                .hasMessageContaining("SPLIT_MANIFEST was not set")
                .hasMessageContaining("AWS_BATCH_JOB_ARRAY_INDEX and JOB_COMPLETION_INDEX were not set")
                .hasMessageContaining("AWS_BATCH_JOB_ARRAY_SIZE and SPLIT_WORKERS were 'none'");
        assertThatThrownBy(() -> job.run(Map.of(
                        SplitArrayJob.MANIFEST, "m", SplitArrayJob.BATCH_INDEX, "3", SplitArrayJob.BATCH_SIZE, "3")))
                .hasMessageContaining("this job is number 3 but there are 3");
    }
}
