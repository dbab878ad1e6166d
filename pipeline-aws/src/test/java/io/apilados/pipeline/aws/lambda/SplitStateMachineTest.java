// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.PipelineConfigurationException;
import io.apilados.pipeline.aws.lambda.SplitStateMachine.Place;
import io.apilados.pipeline.report.JsonTree;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The definition is whole, reads the manifest and not the file, and has no more workers than the rate bears. */
class SplitStateMachineTest {

    private static final String FUNCTION = "arn:aws:lambda:mx-central-1:123456789012:function:splits:live";
    private static final Place PLACE = new Place("enrolments", "jobs/2026");

    private static Set<String> all(String pattern, String text) {
        Set<String> found = new HashSet<>();
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    @Test
    void everyStateIsThereAndIsComeTo() {
        String definition = SplitStateMachine.of(PLACE, FUNCTION, 50, 5).definition();
        Set<String> states = all("\"([^\"]+)\": \\{\\s*\"Type\": ", definition);
        Set<String> comeTo = all("\"(?:Next|Default|StartAt)\": \"([^\"]+)\"", definition);
        assertThat(states).hasSize(9).isEqualTo(comeTo);
        Set<String> types = all("\"Type\": \"([^\"]+)\"", definition);
        assertThat(types).containsExactlyInAnyOrder("Map", "Task", "Choice", "Succeed", "Fail");
    }

    @Test
    void itsItemsAreTheLinesOfTheManifest() throws IOException {
        JsonTree map = JsonTree.read(
                        SplitStateMachine.of(PLACE, FUNCTION, 50, 5).definition())
                .object("States")
                .object("Splits");
        JsonTree reader = map.object("ItemReader");
        assertThat(reader.object("ReaderConfig").text("InputType")).isEqualTo("JSONL");
        assertThat(reader.object("Parameters").text("Bucket")).isEqualTo("enrolments");
        assertThat(reader.object("Parameters").text("Key.$"))
                .isEqualTo("States.Format('jobs/2026/" + SplitManifest.name("{}") + "', $.manifest)");
        JsonTree task = map.object("ItemProcessor").object("States").object("Split");
        assertThat(task.object("Parameters").text("FunctionName")).isEqualTo(FUNCTION);
        assertThat(task.objects("Retry").get(0).whole("MaxAttempts")).isZero();
    }

    @Test
    void thereAreNoMoreWorkersThanPartsOfTheRate() throws IOException {
        SplitStateMachine machine = SplitStateMachine.of(PLACE, FUNCTION, 50, 4, 5);
        assertThat(machine.workers()).isEqualTo(12);
        JsonTree map = JsonTree.read(machine.definition()).object("States").object("Splits");
        assertThat(map.whole("MaxConcurrency")).isEqualTo(12);
        assertThat(map.whole("ToleratedFailurePercentage")).isEqualTo(5);
        assertThat(SplitStateMachine.of(PLACE, FUNCTION, 5, 5).workers()).isEqualTo(1);
        assertThat(SplitStateMachine.of(PLACE, FUNCTION, 10_000, 1).workers())
                .isEqualTo(SplitStateMachine.MOST_WORKERS);
    }

    @Test
    void errorsAreNamedAsTheClassesThatAreThrown() throws ClassNotFoundException {
        String definition = SplitStateMachine.of(PLACE, FUNCTION, 50, 5).definition();
        Set<String> names = all("\"((?:io|java)\\.[A-Za-z.]+)\"", definition);
        assertThat(names).hasSize(3);
        for (String name : names) {
            assertThat(Throwable.class).isAssignableFrom(Class.forName(name));
        }
    }

    @Test
    void saysAllThatIsWrong() {
        assertThatThrownBy(() -> SplitStateMachine.of(new Place("No", "/jobs/"), "splits", 1, 2, 101))
                .isInstanceOf(PipelineConfigurationException.class)
                .hasMessageContaining("bucket was 'No'")
                .hasMessageContaining("prefix was '/jobs/'")
                .hasMessageContaining("functionArn was 'splits'")
                .hasMessageContaining("perSecond was 1.0 and workerPerSecond 2.0")
                .hasMessageContaining("toleratedPercent was 101");
        assertThatThrownBy(() -> SplitStateMachine.of(PLACE, FUNCTION, 100_000, 1))
                .hasMessageContaining("10000 are the most that run at once");
    }
}
