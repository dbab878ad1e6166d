// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Windows as a limit would end them; refusals are spread evenly unless said otherwise. */
class RefusalsTest {

    private final Refusals refusals = new Refusals(1);

    private void window(int limit, int answers, int refused) {
        for (int i = 0; i < answers; i++) {
            refusals.answered(i * refused / answers != (i + 1) * refused / answers);
        }
        refusals.windowEnded(limit, answers, refused);
    }

    @Test
    void allowsOneInAHundred() {
        window(10, 10_000, 100);
        assertThat(refusals.areTooMany()).isFalse();
        window(10, 1000, 30);
        assertThat(refusals.areTooMany()).isTrue();
    }

    @Test
    void oneLimitAloneShowsNoBackground() {
        window(10, 1000, 50);
        assertThat(refusals.showBackground()).isFalse();
    }

    @Test
    void theSameShareAtEachLimitIsTheBackground() {
        for (int limit = 10; limit >= 6; limit--) {
            window(limit, 200, 10);
        }
        assertThat(refusals.showBackground()).isTrue();
        assertThat(refusals.areTooMany()).isFalse();
        assertThat(refusals.expected(100)).isBetween(4, 6);
        assertThat(refusals.capacity()).isEqualTo(10);
        assertThat(refusals.beyondBackground(0.05)).isCloseTo(0, within(0.01));
        assertThat(refusals.beyondBackground(0.5)).isCloseTo(0.47, within(0.01));
    }

    @Test
    void aShareThatFallsWithTheLimitIsOverload() {
        int capacity = 6;
        for (int limit = 10; limit >= capacity; limit--) {
            window(limit, 100 * limit, 100 * (limit - capacity));
            assertThat(refusals.showBackground()).isFalse();
        }
    }

    @Test
    void tellsBackgroundFromCapacityWhereThereAreBoth() {
        window(10, 1000, 240);
        window(9, 1000, 155);
        window(8, 1000, 50);
        window(6, 1000, 50);
        window(4, 1000, 50);
        assertThat(refusals.showBackground()).isTrue();
        assertThat(refusals.expected(1000)).isBetween(40, 60);
        assertThat(refusals.capacity()).isCloseTo(8, within(0.3));
    }

    @Test
    void whatIsRefusedAtTheLeastLimitCannotBeHelped() {
        window(1, 300, 15);
        assertThat(refusals.showBackground()).isTrue();
        assertThat(refusals.expected(100)).isBetween(4, 6);
    }

    @Test
    void anOutageIsNoBackground() {
        for (int limit = 8; limit >= 1; limit /= 2) {
            window(limit, 100, 100);
            assertThat(refusals.showBackground()).isFalse();
        }
    }

    @Test
    void forgetsWhatWasSeenWhenTheAllowanceIsFullAgain() {
        window(10, 200, 10);
        refusals.retreated();
        window(9, 300, 0);
        window(10, 200, 10);
        assertThat(refusals.showBackground()).isFalse();
        window(9, 100, 5);
        window(8, 200, 10);
        window(7, 200, 10);
        assertThat(refusals.showBackground())
                .as("the calm at 9 speaks of another time")
                .isTrue();
    }

    @Test
    void theBackgroundFollowsWhatIsRefusedOfLateDownButNotUp() {
        window(10, 400, 40);
        window(5, 400, 40);
        assertThat(refusals.showBackground()).isTrue();
        int learned = refusals.expected(1000);
        window(10, 5000, 600);
        assertThat(refusals.expected(1000)).isLessThanOrEqualTo(learned);
        assertThat(refusals.areTooMany()).isTrue();
        window(10, 5000, 0);
        assertThat(refusals.expected(1000)).isLessThanOrEqualTo(1);
    }

    @Test
    void aBackgroundIsTestedAnewAfterAWhile() {
        window(10, 400, 40);
        window(5, 400, 40);
        assertThat(refusals.showBackground()).isTrue();
        for (int i = 0; i < 600; i++) {
            window(10, 20, 2);
        }
        assertThat(refusals.expected(100)).isZero();
    }

    /** Of 1,000 retreats from overload with noise, few are taken for background. */
    @Test
    void chanceSeldomLooksLikeABackground() {
        SplittableRandom random = new SplittableRandom(1);
        int mistaken = 0;
        for (int retreat = 0; retreat < 1000; retreat++) {
            Refusals judged = new Refusals(1);
            boolean shown = false;
            for (int limit = 16; limit >= 8; limit--) {
                int refused = 0;
                for (int i = 0; i < 40; i++) {
                    boolean is = random.nextDouble() < Math.max(0.003, 1 - 12.0 / limit);
                    judged.answered(is);
                    refused += is ? 1 : 0;
                }
                judged.windowEnded(limit, 40, refused);
                shown |= judged.areTooMany() && judged.showBackground();
            }
            mistaken += shown ? 1 : 0;
        }
        assertThat(mistaken).isLessThan(30);
    }
}
