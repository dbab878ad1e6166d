// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SplitTargetsTest {

    private static List<Long> upTo(long end, SplitTargets targets) {
        List<Long> places = new ArrayList<>();
        for (long place = targets.after(targets.from()); place <= end; place = targets.after(place)) {
            places.add(place);
        }
        return places;
    }

    @Test
    void evenOnesAreMultiplesWhereverTheFirstSplitBegins() {
        assertThat(upTo(400, SplitTargets.even(100))).containsExactly(100L, 200L, 300L, 400L);
        assertThat(upTo(400, SplitTargets.even(100).startingAt(130))).containsExactly(200L, 300L, 400L);
    }

    @Test
    void growingOnesBeginShortAndDoubleWhatLiesBeforeThem() {
        assertThat(upTo(4800, SplitTargets.growing(1600))).containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 4800L);
        assertThat(upTo(4800, SplitTargets.growing(1600).startingAt(1000)))
                .as("a multiple comes between")
                .containsExactly(1100L, 1200L, 1400L, 1600L, 1800L, 3200L, 4800L);
    }

    @Test
    void noSplitIsLongerThanTheLengthAndNoneIsEmpty() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            long bytes = 1L + random.nextInt(1 << random.nextInt(1, 20));
            SplitTargets targets = (random.nextBoolean() ? SplitTargets.even(bytes) : SplitTargets.growing(bytes))
                    .startingAt(random.nextInt(1 << 20));
            long place = targets.from();
            for (int k = 0; k < 40; k++) {
                long next = targets.after(place);
                assertThat(next)
                        .as("%s after %s", targets, place)
                        .isGreaterThan(place)
                        .isLessThanOrEqualTo(place + bytes);
                place = next - (random.nextBoolean() ? 0 : random.nextLong(next - place));
            }
        }
    }

    @Test
    void aLengthOfNothingIsRefused() {
        assertThatThrownBy(() -> SplitTargets.even(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("targetBytes was 0");
    }
}
