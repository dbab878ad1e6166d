// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.source.SourcePosition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LowWaterMarkTest {

    private static SourcePosition at(int record) {
        return new SourcePosition(10L * record, record + 1, record + 1);
    }

    @Test
    void passesSegmentsInTheOrderOfTheSourceWhateverTheOrderOfTheirEnds() {
        for (int seed = 0; seed < 200; seed++) {
            LowWaterMark mark = new LowWaterMark(at(0));
            List<Segment> segments = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Segment segment = new Segment(at(i));
                segment.addOpen(i + 1);
                segment.endAt(at(i + 1), 0);
                mark.add(segment);
                segments.add(segment);
            }
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                order.add(i);
            }
            Collections.shuffle(order, new Random(seed));
            List<Segment> passed = new ArrayList<>();
            boolean[] ended = new boolean[20];
            for (int i : order) {
                segments.get(i).delivered(1);
                ended[i] = true;
                for (Segment next = mark.pass(); next != null; next = mark.pass()) {
                    passed.add(next);
                }
                int settled = 0;
                while (settled < 20 && ended[settled]) {
                    settled++;
                }
                assertThat(mark.position()).isEqualTo(at(settled));
                assertThat(mark.open()).isEqualTo(20 - settled);
            }
            assertThat(passed).containsExactlyElementsOf(segments);
        }
    }
}
