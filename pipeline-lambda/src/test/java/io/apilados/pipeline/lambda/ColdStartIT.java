// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What start-up costs beside a handler that does next to nothing; {@code docs/lambda.md} has the figures. */
@Tag("slow")
@Timeout(900)
class ColdStartIT {

    private static final int ROUNDS = 7;

    /** A guard against growth: what was measured, and some more for a machine that has other things to do. */
    private static final double MOST = 1.5;

    static List<Path> jvms() throws Exception {
        return Jvms.all();
    }

    @ParameterizedTest
    @MethodSource("jvms")
    void theFirstRecordCostsLittleMoreThanAnObjectThatIsFetched(Path java, @TempDir Path work) throws Exception {
        ColdStart start = ColdStart.of(java, work, 1000);
        List<ColdStart.Medians> medians = List.of(start.plain(ROUNDS), start.withArchive(ROUNDS));
        medians.forEach(System.out::println);

        assertThat(medians).allSatisfy(one -> assertThat(one.ratio()).isLessThan(MOST));
    }
}
