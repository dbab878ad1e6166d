// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests to CloudWatch as they went over the wire, and what a reader of somebody else's, by the schemas of the service,
 * made of them: ours sees the same.
 */
class WireFixturesTest {

    private static final Path FOLDER = Path.of("src", "test", "resources", "wire");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PutMetricData",
                "PutMetricAlarm",
                "PutDashboard",
                "GetDashboard",
                "DescribeAlarms",
                "GetMetricData"
            })
    void bothReadTheSame(String operation) throws IOException {
        byte[] bytes = Files.readAllBytes(FOLDER.resolve(operation + ".cbor"));
        Object theirs =
                new ObjectMapper().readValue(Files.readString(FOLDER.resolve(operation + ".json")), Object.class);

        assertThat(Wire.same(Cbor.read(bytes), theirs)).isTrue();
        assertThat(Wire.same(Wire.jacksonCbor(bytes), theirs)).isTrue();
    }
}
