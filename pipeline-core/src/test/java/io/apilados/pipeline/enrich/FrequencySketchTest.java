// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FrequencySketchTest {

    @Test
    void neverEstimatesTooLittleAndSeldomTooMuch() {
        FrequencySketch sketch = new FrequencySketch(1_000);
        for (long key = 0; key < 1_000; key++) {
            for (int i = 0; i < key % 8; i++) {
                sketch.count(key << 20);
            }
        }
        int exact = 0;
        for (long key = 0; key < 1_000; key++) {
            assertThat(sketch.estimate(key << 20)).isBetween((int) (key % 8), FrequencySketch.MOST);
            exact += sketch.estimate(key << 20) == key % 8 ? 1 : 0;
        }
        assertThat(exact).isGreaterThan(900);
    }

    @Test
    void letsThePastFade() {
        FrequencySketch sketch = new FrequencySketch(8);
        for (int i = 0; i < 15; i++) {
            sketch.count(7);
        }
        assertThat(sketch.estimate(7)).isEqualTo(FrequencySketch.MOST);
        for (long key = 100; key < 600; key++) {
            sketch.count(key);
        }
        assertThat(sketch.estimate(7)).isLessThan(FrequencySketch.MOST);
    }
}
