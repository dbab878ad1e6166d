// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.control.ObjectPool.Loan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ObjectPoolTest {

    private final AtomicInteger made = new AtomicInteger();
    private final ObjectPool<StringBuilder> pool =
            new ObjectPool<>(() -> new StringBuilder("made " + made.incrementAndGet()), text -> text.setLength(0), 2);

    @Test
    void givesOutAgainWhatCameBackAsGoodAsNew() {
        try (Loan<StringBuilder> loan = pool.borrow()) {
            loan.object().append("used");
        }
        assertThat(pool.idle()).isEqualTo(1);
        try (Loan<StringBuilder> loan = pool.borrow()) {
            assertThat(loan.object()).isEmpty();
        }
        assertThat(made).hasValue(1);
    }

    @Test
    void keepsNoMoreThanItMay() {
        List<Loan<StringBuilder>> loans = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            loans.add(pool.borrow());
        }
        loans.forEach(Loan::close);
        assertThat(made).hasValue(5);
        assertThat(pool.idle()).isEqualTo(2);
    }

    @Test
    void refusesWhatIsGivenBackTwiceOrUsedAfterwards() {
        Loan<StringBuilder> loan = pool.borrow();
        loan.close();
        assertThatThrownBy(loan::close).hasMessageContaining("given back twice");
        assertThatThrownBy(loan::object).hasMessageContaining("was given back");
        assertThat(pool.idle()).isEqualTo(1);
    }

    @Test
    void letsGoOfWhatCannotBeReset() {
        ObjectPool<Object> fragile = new ObjectPool<>(
                Object::new,
                object -> {
                    throw new IllegalStateException("broken");
                },
                2);
        Loan<Object> loan = fragile.borrow();
        assertThatThrownBy(loan::close).hasMessage("broken");
        assertThat(fragile.idle()).isZero();
    }

    @Test
    void neverGivesOneObjectToTwo() throws InterruptedException {
        AtomicInteger shared = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(8);
        ObjectPool<int[]> arrays = new ObjectPool<>(() -> new int[1], array -> array[0] = 0, 4);
        for (int t = 0; t < 8; t++) {
            new Thread(() -> {
                        for (int i = 0; i < 5000; i++) {
                            try (Loan<int[]> loan = arrays.borrow()) {
                                shared.addAndGet(++loan.object()[0] == 1 ? 0 : 1);
                            }
                        }
                        done.countDown();
                    })
                    .start();
        }
        done.await();
        assertThat(shared).hasValue(0);
        assertThat(arrays.idle()).isLessThanOrEqualTo(4);
    }
}
