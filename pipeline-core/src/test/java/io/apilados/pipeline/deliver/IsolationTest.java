// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Plays the API that refuses whatever holds a bad record; requests are counted with the first one for the whole batch. */
class IsolationTest {

    private record Result(int requests, List<Integer> rejected, List<Integer> delivered) {}

    private static Result isolate(int size, BitSet bad) {
        Isolation isolation = new Isolation(size);
        int requests = 1;
        List<Integer> rejected = new ArrayList<>();
        List<Integer> delivered = new ArrayList<>();
        while (!isolation.isDone()) {
            Isolation.Range range = isolation.next();
            requests++;
            int firstBad = bad.nextSetBit(range.from());
            if (firstBad >= 0 && firstBad < range.to()) {
                if (isolation.refused()) {
                    rejected.add(range.from());
                }
            } else {
                IntStream.range(range.from(), range.to()).forEach(delivered::add);
                isolation.settled();
            }
        }
        return new Result(requests, rejected, delivered);
    }

    private static int mostRequests(int size, int badOnes, int rounds) {
        SplittableRandom random = new SplittableRandom(size + badOnes);
        int most = 0;
        for (int round = 0; round < rounds; round++) {
            BitSet bad = new BitSet(size);
            while (bad.cardinality() < badOnes) {
                bad.set(random.nextInt(size));
            }
            most = Math.max(most, isolate(size, bad).requests);
        }
        return most;
    }

    @Test
    void findsOneBadAmong500InAtMost19RequestsWhereverItIs() {
        int sum = 0;
        for (int i = 0; i < 500; i++) {
            BitSet bad = new BitSet();
            bad.set(i);
            int requests = isolate(500, bad).requests;
            assertThat(requests).isLessThanOrEqualTo(19);
            sum += requests;
        }
        assertThat(sum / 500.0).isLessThan(14.4);
    }

    @Test
    void findsOneBadAmong1000InAtMost21Requests() {
        for (int i = 0; i < 1000; i++) {
            BitSet bad = new BitSet();
            bad.set(i);
            assertThat(isolate(1000, bad).requests).isLessThanOrEqualTo(21);
        }
    }

    @Test
    void findsThreeBadAmong500InAtMost49Requests() {
        assertThat(mostRequests(500, 3, 20_000)).isLessThanOrEqualTo(49);
    }

    @Test
    void spendsLittleMoreThanARequestOnEachWhereAllAreBad() {
        for (int size : new int[] {500, 1000}) {
            BitSet bad = new BitSet();
            bad.set(0, size);
            assertThat(isolate(size, bad).requests).isLessThanOrEqualTo((int) (1.1 * size));
        }
    }

    @Test
    void neverSpendsMoreThanAFewRequestsOnEachRecordWhateverTheShareOfBadOnes() {
        for (int badOnes : new int[] {10, 50, 100, 250, 400, 499}) {
            assertThat(mostRequests(500, badOnes, 200)).isLessThan(820);
        }
    }

    @Test
    void settlesEveryRecordOnceAndRejectsTheBadOnesAlone() {
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 20_000; round++) {
            int size = 2 + random.nextInt(40);
            BitSet bad = new BitSet(size);
            double share = random.nextDouble();
            IntStream.range(0, size).filter(i -> random.nextDouble() < share).forEach(bad::set);

            Result result = isolate(size, bad);

            assertThat(result.rejected)
                    .containsExactlyInAnyOrderElementsOf(bad.stream().boxed().toList());
            assertThat(result.delivered).hasSize(size - bad.cardinality()).doesNotHaveDuplicates();
        }
    }

    @Test
    void aGuessThatWasWrongRejectsNothing() {
        Isolation isolation = new Isolation(4);
        int answers = 0;
        while (!isolation.isDone()) {
            isolation.next();
            isolation.settled();
            answers++;
        }
        assertThat(answers).isLessThanOrEqualTo(4);
    }
}
