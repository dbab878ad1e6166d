// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.control.CircuitBreaker.Permit;
import io.apilados.pipeline.control.CircuitBreaker.State;
import java.time.Duration;
import java.util.Arrays;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Failures are counted exactly, one probe is out at a time, and no outcome of another generation decides anything. */
@Tag("proof")
class CircuitBreakerLincheckTest {

    private static final int THREADS = 8;

    @Test
    void opensOnTheVeryFailureThatIsOneTooManyUnderAnyInterleaving() {
        Linearizability.check(StartsClosed.class, ClosedModel.class);
    }

    @Test
    void probesOneAtATimeAndByItsGenerationAloneUnderAnyInterleaving() {
        Linearizability.check(StartsDueForAProbe.class, DueForAProbeModel.class);
    }

    @Test
    void onlyOneOfThoseWhoAskAtOnceProbes() {
        Lincheck.runConcurrentTest(100, CircuitBreakerLincheckTest::threeAskWhenAProbeIsDue);
    }

    private static void threeAskWhenAProbeIsDue() {
        StartsDueForAProbe due = new StartsDueForAProbe();
        String[] got = new String[3];
        Thread one = new Thread(() -> got[0] = due.ask(0));
        Thread two = new Thread(() -> got[1] = due.ask(1));
        one.start();
        two.start();
        got[2] = due.ask(2);
        try {
            one.join();
            two.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        String all = got[0] + got[1] + got[2];
        if (all.split("probe", -1).length != 2 || all.split("refused", -1).length != 3) {
            throw new AssertionError("of three who asked, one must probe, but they got " + all);
        }
    }

    @Test
    @Tag("slow")
    void holdsUnderManyMoreInterleavings() {
        Linearizability.checkLong(StartsClosed.class, ClosedModel.class);
        Linearizability.checkLong(StartsDueForAProbe.class, DueForAProbeModel.class);
    }

    /**
     * Two failures in a row open it. Each thread has a permit of its own from before, which it may end again and again,
     * and asks for others. Threads do not race to end the same permit: whose ending came second may return before the first
     * has taken effect.
     */
    abstract static class Operations {
        private final Linearizability.StoppedClock clock = new Linearizability.StoppedClock();
        private final CircuitBreaker breaker = CircuitBreaker.builder()
                .failuresInARow(2)
                .openTime(Duration.ofNanos(10))
                .probeLease(Duration.ofNanos(10))
                .scheduler(clock)
                .build();
        private final Permit[] old = new Permit[THREADS];
        private final @Nullable Permit[] permits = new Permit[THREADS];

        Operations() {
            Arrays.setAll(old, thread -> breaker.tryAcquire().orElseThrow());
        }

        final void openAndPassTheWait() {
            breaker.tryAcquire().orElseThrow().failed();
            breaker.tryAcquire().orElseThrow().failed();
            clock.set(10);
        }

        @Operation
        public String ask(@Param(gen = ThreadIdGen.class) int thread) {
            if (permits[thread] != null) {
                return "has one";
            }
            Permit given = breaker.tryAcquire().orElse(null);
            permits[thread] = given;
            return given == null ? "refused" : given.isProbe() ? "probe" : "permit";
        }

        @Operation
        public void succeed(@Param(gen = ThreadIdGen.class) int thread) {
            Permit permit = take(thread);
            if (permit != null) {
                permit.succeeded();
            }
        }

        @Operation
        public void fail(@Param(gen = ThreadIdGen.class) int thread) {
            Permit permit = take(thread);
            if (permit != null) {
                permit.failed();
            }
        }

        @Operation
        public void ignore(@Param(gen = ThreadIdGen.class) int thread) {
            Permit permit = take(thread);
            if (permit != null) {
                permit.close();
            }
        }

        @Operation
        public void failOld(@Param(gen = ThreadIdGen.class) int thread) {
            old[thread].failed();
        }

        @Operation
        public void succeedOld(@Param(gen = ThreadIdGen.class) int thread) {
            old[thread].succeeded();
        }

        @Operation
        public State state() {
            return breaker.state();
        }

        private @Nullable Permit take(int thread) {
            Permit permit = permits[thread];
            permits[thread] = null;
            return permit;
        }
    }

    /** All permits are of one generation, the old ones too. */
    public static class StartsClosed extends Operations {}

    /** It is open and its wait is over; the old permits are of an earlier generation. */
    public static class StartsDueForAProbe extends Operations {
        public StartsDueForAProbe() {
            openAndPassTheWait();
        }
    }

    /** What one thread alone would see. */
    abstract static class Model {
        private static final class Given {
            private final int generation;

            Given(int generation) {
                this.generation = generation;
            }
        }

        private State state;
        private final boolean waitIsOverAtFirst;
        private boolean openedNow;
        private int generation;
        private int failures;
        private @Nullable Given probe;
        private final @Nullable Given[] permits = new Given[THREADS];
        private final @Nullable Given[] old = new Given[THREADS];

        Model(State state) {
            this.state = state;
            this.waitIsOverAtFirst = state == State.OPEN;
            this.generation = state == State.OPEN ? 1 : 0;
            Arrays.setAll(old, thread -> new Given(0));
        }

        public String ask(int thread) {
            if (permits[thread] != null) {
                return "has one";
            }
            if (state == State.CLOSED) {
                permits[thread] = new Given(generation);
                return "permit";
            }
            boolean due = state == State.HALF_OPEN ? probe == null : waitIsOverAtFirst && !openedNow;
            if (!due) {
                return "refused";
            }
            state = State.HALF_OPEN;
            probe = new Given(++generation);
            permits[thread] = probe;
            return "probe";
        }

        public void succeed(int thread) {
            end(permits, thread, true, false);
        }

        public void fail(int thread) {
            end(permits, thread, false, true);
        }

        public void ignore(int thread) {
            end(permits, thread, false, false);
        }

        public void failOld(int thread) {
            end(old, thread, false, true);
        }

        public void succeedOld(int thread) {
            end(old, thread, true, false);
        }

        public State state() {
            return state;
        }

        private void end(@Nullable Given[] of, int index, boolean succeeded, boolean failed) {
            Given given = of[index];
            of[index] = null;
            if (given == null || given.generation != generation) {
                return;
            }
            boolean probed = given == probe;
            probe = null;
            if (failed && (probed || ++failures == 2)) {
                state = State.OPEN;
                openedNow = true;
                generation++;
            } else if (succeeded) {
                failures = 0;
                if (probed) {
                    state = State.CLOSED;
                    generation++;
                }
            }
        }
    }

    /** The model of {@link StartsClosed}. */
    public static class ClosedModel extends Model {
        public ClosedModel() {
            super(State.CLOSED);
        }
    }

    /** The model of {@link StartsDueForAProbe}. */
    public static class DueForAProbeModel extends Model {
        public DueForAProbeModel() {
            super(State.OPEN);
        }
    }
}
