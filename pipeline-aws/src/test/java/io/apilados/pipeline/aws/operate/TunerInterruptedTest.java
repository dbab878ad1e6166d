// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.aws.testing.AwsStub;
import io.apilados.pipeline.aws.testing.LambdaStub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** Whatever ends a tuner, and at whichever of its requests: the function ends with the memory that it had. */
@Tag("once")
@Timeout(600)
class TunerInterruptedTest {

    private static final String FUNCTION = "ingest";
    private static final int MEMORY = 1000;
    private static final int[] SIZES = {512, 2048};
    private static final int INVOCATIONS = 3;

    @TempDir
    private Path notes;

    private AwsStub stub;
    private LambdaClient client;
    private LambdaStub.Function function;

    @BeforeEach
    void start() throws IOException {
        stub = AwsStub.start();
        client = stub.lambdaClient();
        function = stub.lambda().function(FUNCTION);
        function.memoryMb = MEMORY;
    }

    @AfterEach
    void stop() {
        client.close();
        stub.close();
    }

    private LambdaTuner tuner() {
        return LambdaTuner.of(client, FUNCTION, Prices.ofTheDocs(), notes)
                .sizes(SIZES)
                .invocations(INVOCATIONS)
                .build();
    }

    /** How many requests a tuning makes that nothing disturbs. */
    private int requests() throws Exception {
        int before = stub.calls().size();
        tuner().tune();
        return stub.calls().size() - before;
    }

    private void assertRestored(String when) {
        assertThat(function.memoryMb).as(when).isEqualTo(MEMORY);
        assertThat(notes.resolve("tuning-ingest.json")).as(when).doesNotExist();
    }

    /** Does something when the request of this number comes, counted from now. */
    private void at(int number, Runnable action) {
        AtomicInteger count = new AtomicInteger();
        stub.watch(call -> {
            if (count.incrementAndGet() == number) {
                action.run();
            }
        });
    }

    @Test
    void aRequestThatIsRefusedAtAnyStepLeavesTheMemoryAsItWas() throws Exception {
        int requests = requests();
        assertThat(requests).isEqualTo(1 + 2 * (2 + INVOCATIONS) + 3);
        for (int step = 1; step <= requests; step++) {
            List<String> operations = new ArrayList<>();
            AtomicInteger count = new AtomicInteger();
            int failing = step;
            stub.watch(call -> {
                operations.add(call.operation());
                if (count.incrementAndGet() == failing) {
                    stub.refuseNext(call.operation(), 403, "AccessDeniedException");
                }
            });
            String when = "request " + step;
            assertThatThrownBy(() -> tuner().tune()).as(when).isInstanceOf(RuntimeException.class);
            stub.watch(call -> {});
            if (step > requests - 3) {
                // It was the restoring itself that failed; the next tuner begins with it.
                tuner().tune();
            }
            assertRestored(when);
        }
    }

    @Test
    void anInterruptAtAnyStepLeavesTheMemoryAsItWas() throws Exception {
        int requests = requests();
        Thread tuning = Thread.currentThread();
        for (int step = 1; step <= requests; step++) {
            at(step, tuning::interrupt);
            String when = "request " + step;
            try {
                tuner().tune();
                // So late that nothing was left to be stopped.
                assertThat(step).as(when).isGreaterThan(requests - 4);
            } catch (InterruptedException e) {
                assertThat(e).as(when).hasMessage("the tuning of ingest was interrupted");
            } catch (IllegalStateException e) {
                // It was the restoring itself that was interrupted.
                assertThat(step).as(when).isGreaterThan(requests - 4);
                assertThat(e).as(when).hasMessageContaining("could not be given its 1000 MB again");
            }
            stub.watch(call -> {});
            Thread.interrupted();
            if (Files.exists(notes.resolve("tuning-ingest.json"))) {
                assertThat(step).as(when).isGreaterThan(requests - 4);
                tuner().tune();
            }
            assertRestored(when);
        }
    }

    /** What a kill leaves is the function as it is at that moment, and what stands on the disk. */
    @Test
    void whatAKillAtAnyStepLeavesIsRestoredByTheNextTuner() throws Exception {
        int requests = requests();
        int left = 0;
        for (int step = 1; step <= requests; step++) {
            Path snapshot = Files.createDirectory(notes.resolve("snapshot-" + step));
            int[] memory = new int[1];
            at(step, () -> {
                memory[0] = function.memoryMb;
                copyNotes(snapshot);
            });
            tuner().tune();
            stub.watch(call -> {});

            function.memoryMb = memory[0];
            left += memory[0] == MEMORY ? 0 : 1;
            int before = function.memories().size();
            LambdaTuner next = LambdaTuner.of(client, FUNCTION, Prices.ofTheDocs(), snapshot)
                    .sizes(4096)
                    .invocations(3)
                    .build();
            next.tune();
            assertThat(function.memoryMb).as("killed at request " + step).isEqualTo(MEMORY);
            if (memory[0] != MEMORY) {
                assertThat(function.memories().get(before)).as("restored first").isEqualTo(MEMORY);
            }
        }
        assertThat(left).isGreaterThan(requests / 2);
    }

    private void copyNotes(Path to) {
        try (Stream<Path> files = Files.list(notes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aProcessThatIsAskedToEndRestoresFirst() throws Exception {
        assertThat(endProcessAt(6, Process::destroy)).isGreaterThan(128);

        assertRestored("SIGTERM at request 6");
        assertThat(function.memories()).endsWith(MEMORY).hasSizeLessThan(4);
    }

    @Test
    void aProcessThatIsKilledLeavesANoteAndTheNextTunerRestoresByIt() throws Exception {
        assertThat(endProcessAt(6, Process::destroyForcibly)).isGreaterThan(128);

        assertThat(function.memoryMb).isEqualTo(512);
        assertThat(notes.resolve("tuning-ingest.json")).hasContent("{\"functionName\":\"ingest\",\"memoryMb\":1000}");
        int before = function.memories().size();

        tuner().tune();

        assertThat(function.memories().subList(before, before + 2)).containsExactly(MEMORY, 512);
        assertRestored("after SIGKILL");
    }

    @Test
    @Tag("slow")
    void processesThatAreEndedAtAnyStepEndWithTheMemoryAsItWas() throws Exception {
        int requests = requests();
        for (int step = 1; step <= requests; step++) {
            endProcessAt(step, Process::destroy);
            assertRestored("SIGTERM at request " + step);
            endProcessAt(step, Process::destroyForcibly);
            tuner().tune();
            assertRestored("SIGKILL at request " + step);
        }
    }

    /** Returns the exit code; one that is ended by its last requests may be through before that takes effect. */
    private int endProcessAt(int request, Consumer<Process> end) throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                TunerMain.class.getName(),
                stub.endpoint().toString(),
                notes.toString(),
                FUNCTION);
        Process[] process = new Process[1];
        Object started = new Object();
        synchronized (started) {
            at(request, () -> {
                synchronized (started) {
                    end.accept(process[0]);
                }
            });
            process[0] = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(notes.resolve("out.log").toFile())
                    .start();
        }
        assertThat(process[0].waitFor(120, TimeUnit.SECONDS)).isTrue();
        stub.watch(call -> {});
        return process[0].exitValue();
    }

    @Test
    void twoTunersOfOneFunctionAreKeptApart() throws Exception {
        Throwable[] refused = new Throwable[1];
        at(5, () -> {
            try {
                tuner().tune();
            } catch (Exception e) {
                refused[0] = e;
            }
        });

        tuner().tune();

        assertThat(refused[0])
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("another tuner of function ingest is at work");
        assertRestored("after both");
    }
}
