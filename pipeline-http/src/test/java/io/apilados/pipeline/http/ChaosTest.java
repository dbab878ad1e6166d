// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.http.testing.ChaosApiProcess;
import io.apilados.pipeline.http.testing.ChaosMode;
import io.apilados.pipeline.http.testing.ChaosPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole runs against an API in another process that misbehaves in every way: no record is lost, none is applied twice
 * where keys are honoured, bad ones are rejected, and {@code Retry-After} is kept.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ChaosTest {

    private static final int CONCURRENCY = 10;
    private static final int FEW = 2_000;
    private static final int SOME = 10_000;
    private static final int MANY = 100_000;

    private static final int PERMILLE_ALONE = 150;
    private static final int PERMILLE_MIXED = 8;
    private static final int PERMILLE_ALONE_MANY = 50;
    private static final int PERMILLE_MIXED_MANY = 10;

    private static ChaosApiProcess api;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws IOException {
        api = ChaosApiProcess.start();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    static Set<ChaosMode> modes() {
        return EnumSet.complementOf(EnumSet.of(ChaosMode.CALM));
    }

    @AfterEach
    void nothingIsLeftBehind() throws IOException, InterruptedException {
        assertThat(api.openConnections()).as("connections left open").isZero();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("pipeline-delivery")) {
                thread.join(TimeUnit.SECONDS.toMillis(10));
                assertThat(thread.isAlive()).as("a thread of the delivery").isFalse();
            }
        }
    }

    private ChaosRun play(ChaosPlan plan, int records) throws IOException {
        ConcurrencyController concurrency = ConcurrencyController.fixed(CONCURRENCY);
        ChaosRun run = ChaosRun.play(api, plan, records, concurrency, folder)
                .assertAccountedFor()
                .assertNothingLost();
        plan.weights()
                .keySet()
                .forEach(mode -> assertThat(run.books().served(mode))
                        .as("requests that met " + mode)
                        .isPositive());
        return run;
    }

    @ParameterizedTest
    @MethodSource("modes")
    void accountsForEveryRecordUnder(ChaosMode mode) throws IOException {
        play(ChaosPlan.only(mode, PERMILLE_ALONE, 11), FEW).assertNothingTwice();
    }

    @Test
    void accountsForEveryRecordUnderAllAtOnce() throws IOException {
        play(ChaosPlan.mixed(modes(), PERMILLE_MIXED, 12), SOME).assertNothingTwice();
    }

    @Test
    void accountsForEveryRecordUnderAllAtOnceWithALimitThatAdapts() throws IOException {
        ChaosRun.play(
                        api,
                        ChaosPlan.mixed(modes(), PERMILLE_MIXED, 16),
                        SOME,
                        ConcurrencyController.ofDefaults(),
                        folder)
                .assertAccountedFor()
                .assertNothingLost()
                .assertNothingTwice();
    }

    @Test
    void losesNothingWhereKeysAreNotHonouredThoughSomeArriveTwice() throws IOException {
        ChaosRun run = play(
                ChaosPlan.only(ChaosMode.RESET_IN_ANSWER, PERMILLE_ALONE, 13).withoutKeys(), FEW);

        assertThat(run.books().applied().values()).contains(2);
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("modes")
    void accountsForAHundredThousandRecordsUnder(ChaosMode mode) throws IOException {
        play(ChaosPlan.only(mode, PERMILLE_ALONE_MANY, 14), MANY).assertNothingTwice();
    }

    @Tag("slow")
    @Test
    void accountsForAHundredThousandRecordsUnderAllAtOnce() throws IOException {
        play(ChaosPlan.mixed(modes(), PERMILLE_MIXED_MANY, 15), MANY).assertNothingTwice();
    }
}
