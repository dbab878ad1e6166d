// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailureWindowTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10, 100})
    void knowsTheShareOfTheLastCalls(int size) {
        FailureWindow window = new FailureWindow(size);
        ArrayDeque<Boolean> last = new ArrayDeque<>();
        Random random = new Random(size);
        for (int i = 0; i < 3000; i++) {
            boolean failed = random.nextInt(1000) < i % 1000;
            last.add(failed);
            if (last.size() > size) {
                last.remove();
            }
            if (!failed) {
                window.succeeded();
                continue;
            }
            window.failed();
            assertThat(window.calls()).isEqualTo(last.size());
            assertThat(window.failures())
                    .isEqualTo((int) last.stream().filter(one -> one).count());
        }
    }
}
