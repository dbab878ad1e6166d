// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No object is lent to two, none is made while one is idle, and no more are idle than may be. */
@Tag("proof")
class ObjectPoolLincheckTest {

    private static final int THREADS = 8;
    private static final int MAX_IDLE = 2;

    @Test
    void lendsEachObjectToOneAtATimeUnderAnyInterleaving() {
        Linearizability.check(Loans.class, Model.class);
    }

    @Test
    void aLoanIsGivenBackOnceUnderAnyInterleaving() {
        Linearizability.modelCheck(SharedLoan.class, SharedLoanModel.class);
    }

    @Test
    @Tag("slow")
    void holdsUnderManyMoreInterleavings() {
        Linearizability.checkLong(Loans.class, Model.class);
        Linearizability.checkLong(SharedLoan.class, SharedLoanModel.class);
    }

    /** The objects are numbers, in the order in which they are made. */
    public static class Loans {
        private final AtomicInteger made = new AtomicInteger();
        private final ObjectPool<Integer> pool = new ObjectPool<>(made::incrementAndGet, number -> {}, MAX_IDLE);

        @SuppressWarnings({"unchecked", "rawtypes"})
        private final ObjectPool.@Nullable Loan<Integer>[] loans = new ObjectPool.Loan[THREADS];

        @Operation
        public int borrow(@Param(gen = ThreadIdGen.class) int thread) {
            if (loans[thread] != null) {
                return 0;
            }
            ObjectPool.Loan<Integer> loan = pool.borrow();
            loans[thread] = loan;
            return loan.object();
        }

        @Operation
        public void giveBack(@Param(gen = ThreadIdGen.class) int thread) {
            ObjectPool.Loan<Integer> loan = loans[thread];
            loans[thread] = null;
            if (loan != null) {
                loan.close();
            }
        }

        @Operation
        public int idle() {
            return pool.idle();
        }
    }

    /** What one thread alone would see. */
    public static class Model {
        private final ArrayDeque<Integer> idle = new ArrayDeque<>();
        private final int[] lent = new int[THREADS];
        private int made;

        public int borrow(int thread) {
            if (lent[thread] != 0) {
                return 0;
            }
            lent[thread] = idle.isEmpty() ? ++made : idle.pop();
            return lent[thread];
        }

        public void giveBack(int thread) {
            int number = lent[thread];
            lent[thread] = 0;
            if (number != 0 && idle.size() < MAX_IDLE) {
                idle.push(number);
            }
        }

        public int idle() {
            return idle.size();
        }
    }

    /** A loan that careless threads share. */
    public static class SharedLoan {
        private final ObjectPool<Object> pool = new ObjectPool<>(Object::new, object -> {}, MAX_IDLE);
        private final ObjectPool.Loan<Object> loan = pool.borrow();

        @Operation
        public String giveBack() {
            try {
                loan.close();
                return "given back";
            } catch (IllegalStateException e) {
                return "refused";
            }
        }

        @Validate
        public void isInThePoolOnceAtMost() {
            if (pool.idle() > 1) {
                throw new AssertionError("it is in the pool " + pool.idle() + " times");
            }
        }
    }

    /** The model of {@link SharedLoan}. */
    public static class SharedLoanModel {
        private boolean back;

        public String giveBack() {
            String answer = back ? "refused" : "given back";
            back = true;
            return answer;
        }
    }
}
