// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.checkpoint.RejectReason;
import io.apilados.pipeline.checkpoint.RejectReasons;
import io.apilados.pipeline.parse.RejectedRecord;
import io.apilados.pipeline.source.SourcePosition;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunReportTest {

    private static RunReport report(long delivered, String source) {
        return new RunReport(
                RunStatus.STOPPED,
                source,
                100,
                delivered,
                7,
                2,
                1,
                3,
                10,
                12,
                2,
                5000,
                Duration.ofMillis(2500),
                1 << 20,
                null,
                List.of(new RejectReason("enrich", "unknown-key", "column cct: <none>", 7, List.of(2L, 9L))),
                List.of("catalog preloaded: 270,000 keys"),
                "asked to \"stop\"");
    }

    @Test
    void jsonHasTheStableMembers() {
        assertThat(report(90, "a.csv").toJson())
                .isEqualTo("{\"status\":\"STOPPED\",\"source\":\"a.csv\",\"read\":100,\"delivered\":90,\"rejected\":7,"
                        + "\"filtered\":2,\"unsettled\":1,\"oddities\":3,\"batches\":10,\"requests\":12,\"retries\":2,"
                        + "\"bytesRead\":5000,\"seconds\":2.5,\"recordsPerSecond\":40.0,\"peakHeapBytes\":1048576,"
                        + "\"resumedFrom\":null,\"rejects\":[{\"stage\":\"enrich\",\"code\":\"unknown-key\","
                        + "\"message\":\"column cct: <none>\",\"count\":7,\"firstLines\":[2,9]}],"
                        + "\"notes\":[\"catalog preloaded: 270,000 keys\"],"
                        + "\"endReason\":\"asked to \\\"stop\\\"\"}");
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
