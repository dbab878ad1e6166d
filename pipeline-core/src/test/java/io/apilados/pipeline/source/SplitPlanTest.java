// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitPlanTest {

    private static final SourceVersion VERSION = new SourceVersion("/data/a \"b\".csv", 300, "etag:\u00e9", true);

    private static final SplitPlan PLAN = plan(
            split(0, SourcePosition.START, 110, 7),
            split(1, new SourcePosition(110, 8, 12), 205, 3),
            split(2, new SourcePosition(205, 11, 15), 300, 0));

    @Test
    void jsonGivesTheSamePlan() throws IOException {
        assertThat(SplitPlan.fromJson(PLAN.toJson())).isEqualTo(PLAN);
        assertThat(PLAN.toJson()).contains("[110,8,12,205,3]").hasLineCount(1);
    }

    @Test
    void serializationGivesTheSamePlanAndTheSameSplit() throws Exception {
        assertThat(throughBytes(PLAN)).isEqualTo(PLAN);
        assertThat(throughBytes(PLAN.splits().get(1))).isEqualTo(PLAN.splits().get(1));
    }

    @Test
    void aSourceWithoutASizeIsOneSplitOfUnknownLength() throws IOException {
        SourceVersion pipe = new SourceVersion("pipe", SourceVersion.UNKNOWN_SIZE, "stream", false);
        Split all = new Split(pipe, 0, SourcePosition.START, SourceVersion.UNKNOWN_SIZE, Split.UNKNOWN_RECORDS);
        SplitPlan plan = new SplitPlan("id", pipe, 100, List.of(), "", "a pipe", List.of(all));

        assertThat(SplitPlan.fromJson(plan.toJson())).isEqualTo(plan);
        assertThat(plan.records()).isEqualTo(Split.UNKNOWN_RECORDS);
        assertThat(all).hasToString("split 0 (bytes 0 to the end)");
        assertThat(plan.toString()).endsWith("a pipe");
    }

    @Test
    void countsTheRecordsOfAllSplits() {
        assertThat(PLAN.records()).isEqualTo(10);
        assertThat(PLAN.toString()).doesNotContain("column");
    }

    @Test
    void splitsThatAreNotContiguousAreRefused() {
        Split first = split(0, SourcePosition.START, 110, 7);
        assertRefused("byte 110", first, split(1, new SourcePosition(111, 8, 12), 300, 3));
        assertRefused("byte 110", first, split(1, new SourcePosition(109, 8, 12), 300, 3));
        assertRefused("record 8", first, split(1, new SourcePosition(110, 9, 12), 300, 3));
        assertRefused("300 bytes", first);
        assertRefused("300 bytes", first, split(1, new SourcePosition(110, 8, 12), 299, 3));
        assertRefused("byte 0", split(0, new SourcePosition(1, 1, 1), 300, 7));
        assertRefused("byte 0", split(0, new SourcePosition(0, 1, 2), 300, 7));
        assertRefused("stands at index 1", first, split(2, new SourcePosition(110, 8, 12), 300, 3));
        assertRefused(
                "-1 records",
                split(0, SourcePosition.START, 110, -1),
                split(1, new SourcePosition(110, 8, 12), 300, 3));
        assertRefused(
                "0 records", split(0, SourcePosition.START, 110, 0), split(1, new SourcePosition(110, 1, 12), 300, 3));
        assertRefused(
                "starts at record 11",
                first,
                split(1, new SourcePosition(110, 8, 12), 205, 3),
                split(2, new SourcePosition(205, 11, 11), 300, 3));
        assertRefused("at least one");
        SourceVersion other = new SourceVersion(VERSION.location(), 300, "etag:other", true);
        assertRefused("another version", new Split(other, 0, SourcePosition.START, 300, 7));
    }

    @Test
    void aSplitLiesInsideItsSource() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> split(0, new SourcePosition(110, 8, 12), 109, 0))
                .withMessageContaining("endByte was 109")
                .withMessageContaining("110");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> split(0, SourcePosition.START, 301, 0))
                .withMessageContaining("300");
        assertThatIllegalArgumentException().isThrownBy(() -> split(0, SourcePosition.START, -1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> split(-1, SourcePosition.START, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> split(0, SourcePosition.START, 1, -2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"format\":2}",
                "{\"format\":\"1\"}",
                "{\"planId\":\"x\"}",
                "secret column",
                "{\"format\":1,\"planId\":\"x\",\"secret column\":",
            })
    void textThatIsNoPlanIsRefusedAndNotShown(String text) {
        assertThatThrownBy(() -> SplitPlan.fromJson(text))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("make a new plan")
                .hasMessageNotContaining("secret");
    }

    @Test
    void aPlanThatWasTamperedWithIsRefused() {
        String json = PLAN.toJson();
        for (String tampered : List.of(
                json.replace("[110,8,12,205,3]", "[111,8,12,205,3]"),
                json.replace("[110,8,12,205,3]", "[110,8,12,205]"),
                json.replace("[110,8,12,205,3]", "[110,8,12,205,3,4]"),
                json.replace("[110,8,12,205,3]", "[110,8,1.5,205,3]"),
                json.replace("[110,8,12,205,3]", "7"),
                json.replace("\"seekable\":true", "\"seekable\":1"),
                json.replace("\"sizeBytes\":300", "\"sizeBytes\":301"),
                json.replace("\"sizeBytes\":300", "\"sizeBytes\":99999999999999999999"),
                json.replace("\"tag\"", "\"gat\""),
                json + "1",
                json.substring(0, json.length() - 1))) {
            assertThat(tampered).isNotEqualTo(json);
            assertThatThrownBy(() -> SplitPlan.fromJson(tampered))
                    .as(tampered)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("make a new plan");
        }
    }

    private static void assertRefused(String why, Split... splits) {
        assertThatIllegalArgumentException().isThrownBy(() -> plan(splits)).withMessageContaining(why);
    }

    private static SplitPlan plan(Split... splits) {
        return new SplitPlan(
                "id", VERSION, 100, List.of("column", "a\nb", ""), "column,\"a\nb\",", "", List.of(splits));
    }

    private static Split split(int index, SourcePosition start, long end, long records) {
        return new Split(VERSION, index, start, end, records);
    }

    private static Object throughBytes(Object object) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return in.readObject();
        }
    }
}
