// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.checkpoint.RejectReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SplitReportTest {

    private static final int SPLITS = 8;
    private static final SplitJobReport NONE = new SplitJobReport("plan", "file", "print", SPLITS, new TreeMap<>());

    private static SplitReport report(int index, Random random) {
        List<RejectReason> reasons = new ArrayList<>();
        long rejected = 0;
        for (String code : List.of("a", "b", "c")) {
            int count = random.nextInt(4);
            if (count > 0) {
                List<Long> lines = new ArrayList<>();
                for (long line = 0; line < count; line++) {
                    lines.add(1000L * index + line);
                }
                reasons.add(new RejectReason("parse", code, "first of split " + index, count, lines));
                rejected += count;
            }
        }
        long delivered = random.nextInt(100);
        long filtered = random.nextInt(10);
        return new SplitReport(
                "plan",
                index,
                "file",
                "print",
                delivered + filtered + rejected,
                delivered,
                rejected,
                filtered,
                random.nextInt(3),
                random.nextInt(9),
                random.nextInt(5000),
                random.nextLong(),
                reasons);
    }

    private static List<SplitReport> reports(Random random) {
        List<SplitReport> all = new ArrayList<>();
        for (int i = 0; i < SPLITS; i++) {
            all.add(report(i, random));
        }
        return all;
    }

    @Test
    void mergingIsAssociativeCommutativeAndCountsEachSplitOnce() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            List<SplitReport> all = reports(random);
            SplitJobReport a = NONE;
            SplitJobReport b = NONE;
            SplitJobReport c = NONE;
            for (SplitReport report : all) {
                int where = 1 + random.nextInt(7);
                a = (where & 1) != 0 ? a.with(report) : a;
                b = (where & 2) != 0 ? b.with(report) : b;
                c = (where & 4) != 0 ? c.with(report) : c;
            }
            SplitJobReport whole = a.merge(b).merge(c);
            assertThat(a.merge(b.merge(c))).isEqualTo(whole);
            assertThat(c.merge(a).merge(b)).isEqualTo(whole);
            assertThat(whole.merge(whole).merge(a)).isEqualTo(whole);
            assertThat(whole.isComplete()).isTrue();
            assertThat(whole.isBalanced()).isTrue();
            assertThat(whole.read())
                    .isEqualTo(all.stream().mapToLong(SplitReport::read).sum());
            assertThat(whole.digest())
                    .isEqualTo(all.stream().mapToLong(SplitReport::digest).sum());
            List<SplitReport> shuffled = new ArrayList<>(all);
            Collections.shuffle(shuffled, random);
            SplitJobReport oneByOne = NONE;
            for (SplitReport report : shuffled) {
                oneByOne = oneByOne.with(report);
            }
            assertThat(oneByOne.rejectReasons()).isEqualTo(whole.rejectReasons());
            assertThat(oneByOne.toJson()).isEqualTo(whole.toJson());
            assertThat(whole.rejectReasons().stream()
                            .mapToLong(RejectReason::count)
                            .sum())
                    .isEqualTo(whole.rejected());
        }
    }

    @Test
    void reasonsHaveTheFirstLinesOfAllSplitsAndTheMessageOfTheFirst() {
        SplitReport second = new SplitReport(
                "plan",
                1,
                "file",
                "print",
                9,
                0,
                9,
                0,
                0,
                0,
                9,
                0,
                List.of(
                        new RejectReason("parse", "x", "later", 3, List.of(50L, 51L, 52L)),
                        new RejectReason("parse", "y", "y", 6, List.of(60L))));
        SplitReport first = new SplitReport(
                "plan",
                0,
                "file",
                "print",
                4,
                0,
                4,
                0,
                0,
                0,
                9,
                0,
                List.of(new RejectReason("parse", "x", "sooner", 4, List.of(1L, 2L, 3L, 4L))));
        assertThat(NONE.with(second).with(first).rejectReasons())
                .containsExactly(
                        new RejectReason("parse", "x", "sooner", 7, List.of(1L, 2L, 3L, 4L, 50L)),
                        new RejectReason("parse", "y", "y", 6, List.of(60L)));
    }

    @Test
    void tellsWhichSplitsAreMissing() {
        Random random = new Random(1);
        SplitJobReport some = NONE.with(report(6, random)).with(report(2, random));
        assertThat(some.missing()).containsExactly(0, 1, 3, 4, 5, 7);
        assertThat(some.isComplete()).isFalse();
    }

    @Test
    void reportsOfOneSplitThatDifferAreAnErrorThatNamesIt() {
        Random random = new Random(1);
        SplitJobReport job = NONE.with(report(3, random));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> job.with(report(3, random)))
                .withMessageContaining("split 3 of plan plan");
    }

    @Test
    void anotherPlansReportIsRefused() {
        SplitJobReport other = new SplitJobReport("other", "file", "print", SPLITS, new TreeMap<>());
        assertThatIllegalArgumentException().isThrownBy(() -> NONE.merge(other));
        assertThatIllegalArgumentException().isThrownBy(() -> other.with(report(0, new Random(1))));
        assertThatIllegalArgumentException().isThrownBy(() -> NONE.with(report(SPLITS, new Random(1))));
    }

    @Test
    void jsonGivesBackEqualReports() throws IOException {
        Random random = new Random(5);
        for (int round = 0; round < 50; round++) {
            List<SplitReport> all = reports(random);
            SplitJobReport job = NONE;
            for (SplitReport report : all) {
                assertThat(SplitReport.fromJson(report.toJson())).isEqualTo(report);
                job = random.nextBoolean() ? job.with(report) : job;
            }
            assertThat(SplitJobReport.fromJson(job.toJson())).isEqualTo(job);
        }
    }

    @Test
    void whatIsNoReportIsToldWithoutItsText() {
        String whole = report(3, new Random(9)).toJson();
        for (int length = 0; length < whole.length(); length++) {
            String cut = whole.substring(0, length);
            assertThatThrownBy(() -> SplitReport.fromJson(cut))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("the report of the split cannot be read: ");
        }
        assertThatThrownBy(() -> SplitReport.fromJson(whole.replace("\"format\":1", "\"format\":2")))
                .hasMessageContaining("format 2");
        assertThatThrownBy(() -> SplitReport.fromJson(whole.replace("\"read\"", "\"secret\"")))
                .hasMessageContaining("'read' must be a whole number")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> SplitJobReport.fromJson(whole)).isInstanceOf(IOException.class);
    }
}
