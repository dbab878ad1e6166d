// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class LambdaReportTest {

    private static final String WARM =
            "REPORT RequestId: 3604209a-e9a3-11e6-939a-754dd98c7be3\tDuration: 1234.56 ms\tBilled Duration: 1235 ms\t"
                    + "Memory Size: 1536 MB\tMax Memory Used: 345 MB\t\n";

    @Test
    void readsTheLineOfAWarmInvocation() throws IOException {
        LambdaReport report = LambdaReport.parse("cut off\nSTART RequestId: 1\nEND RequestId: 1\n" + WARM);

        assertThat(report).isEqualTo(new LambdaReport(1234.56, 0, 0, 1235, 1536, 345));
        assertThat(report.totalMillis()).isEqualTo(1234.56);
    }

    @Test
    void countsTheStartOfAColdOne() throws IOException {
        LambdaReport report = LambdaReport.parse(WARM.replace("345 MB\t", "345 MB\tInit Duration: 500.25 ms\t"));

        assertThat(report.initMillis()).isEqualTo(500.25);
        assertThat(report.totalMillis()).isEqualTo(1734.81);
    }

    @Test
    void countsWhatARestoreTakesAndWhatOfItIsPaidFor() throws IOException {
        LambdaReport report = LambdaReport.parse(
                WARM.replace("345 MB\t", "345 MB\tRestore Duration: 448.5 ms\tBilled Restore Duration: 5 ms\t"));

        assertThat(report.restoreMillis()).isEqualTo(448.5);
        assertThat(report.billedMillis()).isEqualTo(1240);
        assertThat(report.totalMillis()).isEqualTo(1234.56 + 448.5);
    }

    @Test
    void readsTheEventOfJsonLogs() throws IOException {
        LambdaReport report = LambdaReport.parse("{\"cut\noff\":1}\n"
                + "{\"time\":\"2026-11-20T08:00:01.000Z\",\"type\":\"platform.report\",\"record\":{\"requestId\":\"1\","
                + "\"metrics\":{\"durationMs\":93.5,\"billedDurationMs\":94,\"memorySizeMB\":2048,\"maxMemoryUsedMB\":70,"
                + "\"initDurationMs\":102.25},\"status\":\"success\"}}\n");

        assertThat(report).isEqualTo(new LambdaReport(93.5, 102.25, 0, 94, 2048, 70));
    }

    @Test
    void takesTheLastOfSeveral() throws IOException {
        assertThat(LambdaReport.parse(WARM + WARM.replace("1536", "2048")).memoryMb())
                .isEqualTo(2048);
    }

    @Test
    void ignoresAReportThatIsCutOff() throws IOException {
        assertThat(LambdaReport.parse(WARM + "REPORT RequestId: 1\tDuration: 1 ms\n")
                        .memoryMb())
                .isEqualTo(1536);
    }

    @Test
    void saysThatThereIsNoneWithoutQuotingTheLog() {
        assertThatThrownBy(() -> LambdaReport.parse("START\na secret\nplatform.report but no JSON\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("neither a REPORT line nor a platform.report event")
                .hasMessageNotContaining("secret");
    }
}
