// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.checkpoint.RejectReasons;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.testing.ReportSamples;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunReportTest {

    private static RunReport report(long delivered, String source) {
        return ReportSamples.stopped(delivered, source);
    }

    @Test
    void theSummaryHasTheStableMembers() {
        assertThat(report(90, "a.csv").toSummaryJson())
                .isEqualTo("{\"status\":\"STOPPED\",\"source\":\"a.csv\",\"read\":100,\"delivered\":90,\"rejected\":7,"
                        + "\"filtered\":2,\"unsettled\":1,\"oddities\":3,\"batches\":10,\"requests\":12,\"retries\":2,"
                        + "\"bytesRead\":5000,\"seconds\":2.5,\"recordsPerSecond\":40.0,\"peakHeapBytes\":1048576,"
                        + "\"resumedFrom\":null,\"rejects\":[{\"stage\":\"enrich\",\"code\":\"unknown-key\","
                        + "\"message\":\"column cct: <none>\",\"count\":7,\"firstLines\":[2,9]}],"
                        + "\"notes\":[\"catalog preloaded: 270,000 keys\"],"
                        + "\"endReason\":\"asked to \\\"stop\\\"\"}");
    }

    @Test
    void isReadAsItWasWritten() throws IOException {
        for (RunReport report :
                List.of(report(90, "a \"b\".csv"), ReportSamples.completed(60, 1), ReportSamples.completed(3600, 2))) {
            RunReport read = RunReport.fromJson(report.toJson());
            assertThat(read).isEqualTo(report);
            assertThat(read.toJson()).isEqualTo(report.toJson());
        }
    }

    @Test
    void whatIsNoReportIsRefusedWithoutSayingWhatItIs() {
        String json = ReportSamples.completed(3, 1).toJson();
        assertThatThrownBy(() -> RunReport.fromJson("{\"format\":1,\"status\":\"secret\"}"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'status' must be one of [COMPLETED, STOPPED, FAILED]")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> RunReport.fromJson(json.substring(0, 500))).hasMessageContaining("no JSON");
        assertThatThrownBy(() -> RunReport.fromJson(json.replace("\"histogram\":\"", "\"histogram\":\"!")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no histogram");
        assertThatThrownBy(() -> RunReport.fromJson(json.replace("\"format\":1", "\"format\":2")))
                .hasMessageContaining("format is not 1");
        assertThatThrownBy(() -> RunReport.fromJson(
                        json.replaceFirst("\"startedAt\":\"[^\"]*\"", "\"startedAt\":\"somebody's name\"")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a time is none")
                .hasMessageNotContaining("somebody")
                .hasNoCause();
        assertThatThrownBy(() -> RunReport.fromJson("[]")).hasMessageContaining("must be a JSON object");
        assertThatThrownBy(() -> RunReport.fromJson("")).hasMessageContaining("empty");
    }

    @Test
    void partsAddUpToTheWholeInWhateverOrder() {
        List<RunReport> parts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            parts.add(ReportSamples.completed(20 + 7 * i, i));
        }
        RunReport forwards = parts.stream().reduce(RunReport::merge).orElseThrow();
        RunReport pairs = parts.get(3).merge(parts.get(1)).merge(parts.get(2).merge(parts.get(0)));

        assertThat(forwards.read())
                .isEqualTo(parts.stream().mapToLong(RunReport::read).sum());
        assertThat(forwards.isBalanced()).isTrue();
        assertThat(forwards.latencies().count())
                .isEqualTo(parts.stream()
                        .mapToLong(part -> part.latencies().count())
                        .sum());
        assertThat(forwards.rejectReasons()).hasSize(1);
        assertThat(forwards.elapsed()).isEqualTo(Duration.ofSeconds(44));
        assertThat(forwards.verdicts()).hasSize(5);
        assertThat(forwards.timeline()
                        .points()
                        .get(forwards.timeline().points().size() - 1)
                        .delivered())
                .isEqualTo(forwards.delivered());
        assertThat(forwards.toSummaryJson()).isEqualTo(pairs.toSummaryJson());
        assertThat(forwards.latencies()).isEqualTo(pairs.latencies());
    }

    @Test
    void textShowsTheBalanceAndWhetherItHolds() {
        assertThat(report(90, "a.csv").toText())
                .contains("read 100 = delivered 90 + rejected 7 + filtered 2 + unsettled 1\n")
                .contains("first on line 2, 9")
                .contains("ended early: asked to");
        assertThat(report(89, "a.csv").isBalanced()).isFalse();
        assertThat(report(89, "a.csv").toText()).contains("DOES NOT ADD UP");
    }

    @Test
    void htmlEscapesWhatItShows() {
        assertThat(report(90, "<b>.csv").toHtml())
                .contains("&lt;b&gt;.csv")
                .contains("column cct: &lt;none&gt;")
                .doesNotContain("<b>.csv", "http://", "https://", "<script");
    }

    @Test
    void reasonsAreCountedAndTheFirstLinesKept() {
        RejectReasons reasons = new RejectReasons();
        for (int i = 1; i <= 10; i++) {
            reasons.add(new RejectedRecord(new SourcePosition(i, i, i), "parse", "a", "first " + i, new byte[0]));
        }
        reasons.add(new RejectedRecord(new SourcePosition(1, 1, 1), "deliver", "a", "m", new byte[0]));
        assertThat(reasons.byCount())
                .containsExactly(
                        new RejectReason("parse", "a", "first 1", 10, List.of(1L, 2L, 3L, 4L, 5L)),
                        new RejectReason("deliver", "a", "m", 1, List.of(1L)));
    }

    @Test
    void reasonsWithoutEndAreCountedTogether() {
        RejectReasons reasons = new RejectReasons();
        for (int i = 0; i < 1000; i++) {
            reasons.add(new RejectedRecord(SourcePosition.START, "deliver", "code" + i, "m", new byte[0]));
        }
        assertThat(reasons.byCount()).hasSizeLessThanOrEqualTo(101);
        assertThat(reasons.byCount().get(0).count()).isEqualTo(900);
    }
}
