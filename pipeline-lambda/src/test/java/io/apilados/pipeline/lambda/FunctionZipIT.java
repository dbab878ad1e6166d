// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The zips that the build makes hold all that the function needs, and Lambda takes them. */
@Timeout(120)
class FunctionZipIT {

    /** What Lambda takes, unpacked, layers included (Lambda quotas). */
    private static final long MOST_BYTES = 250L << 20;

    @ParameterizedTest
    @CsvSource({"pipeline-function.zip, lib", "pipeline-layer.zip, java/lib"})
    void theFunctionRunsFromTheZipAlone(String zip, String jars, @TempDir Path unpacked) throws Exception {
        String classPath = Deployment.classPath(zip, jars, unpacked);
        try (Town town = new Town(Duration.ZERO)) {
            town.with(FunctionProcess.start(
                    Jvms.current(),
                    List.of(),
                    classPath,
                    IngestS3Handler.class.getName(),
                    town.lambda,
                    town.environment()));

            assertThat(town.lambda
                            .invoke(town.putFile("participants.csv", 200), Duration.ofMinutes(1))
                            .body())
                    .startsWith("{\"done\":true");
            assertThat(town.api.applied()).hasSize(Town.known(200));
        }
        assertThat(Files.size(Path.of("target", zip))).isLessThan(MOST_BYTES / 5);
    }
}
