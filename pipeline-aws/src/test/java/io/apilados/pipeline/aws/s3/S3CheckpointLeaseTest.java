// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.BatchLimit;
import io.apilados.pipeline.checkpoint.Checkpoint;
import io.apilados.pipeline.checkpoint.CheckpointLease;
import io.apilados.pipeline.checkpoint.LeaseHeldException;
import io.apilados.pipeline.checkpoint.PlannedSize;
import io.apilados.pipeline.checkpoint.SettledBatch;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.s3.S3Client;

/** Whose the lease is, by a store whose clock and whose answers the test has in hand. */
@Timeout(120)
class S3CheckpointLeaseTest {

    private static final URI PREFIX = URI.create("s3://b/checkpoints");
    private static final String SOURCE = "s3://b/participants.csv";
    private static final Duration TERM = Duration.ofSeconds(30);
    private static final Checkpoint FIRST = Checkpoint.start("f", SourcePosition.START);

    private final LoopbackS3 store = new LoopbackS3();
    private final S3Client client =
            PlantedCredentials.client(S3Clients.builder().endpoint(store.endpoint()));

    S3CheckpointLeaseTest() throws IOException {}

    @AfterEach
    void stop() throws IOException {
        client.close();
        store.close();
    }

    private S3CheckpointStore at(VirtualScheduler time) {
        return S3CheckpointStore.of(client, PREFIX, time).withTerm(TERM);
    }

    private CheckpointLease acquire() throws IOException {
        return at(new VirtualScheduler()).acquire(SOURCE);
    }

    private static SettledBatch batch(long number) {
        return new SettledBatch(number, 1000 * number, 10, List.of());
    }

    private static PlannedSize size(long from) {
        return new PlannedSize(from, from + 100, new BatchLimit(10, Long.MAX_VALUE));
    }

    @Test
    void aLeaseEndsByItselfAfterTheTermAndNotBefore() throws IOException {
        CheckpointLease crashed = acquire();
        crashed.save(FIRST);

        store.advance(TERM);
        assertThatThrownBy(this::acquire)
                .isInstanceOf(LeaseHeldException.class)
                .hasMessageContaining(SOURCE)
                .hasMessageContaining("process " + ProcessHandle.current().pid())
                .hasMessageContaining("its lease ends by itself 30 s after its last write");
        store.advance(Duration.ofSeconds(1));
        try (CheckpointLease next = acquire()) {
            assertThat(next.load()).contains(FIRST);
        }
    }

    @Test
    void aRunThatLostItsLeaseWritesNothingMore() throws IOException {
        CheckpointLease late = acquire();
        late.save(FIRST);
        store.advance(TERM.plusSeconds(1));
        Checkpoint second = FIRST.with(List.of(size(1)), List.of());
        try (CheckpointLease next = acquire()) {
            next.save(second);

            assertThatThrownBy(() -> late.save(FIRST))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("s3://b/checkpoints/participants.csv-")
                    .hasMessageContaining("another run has taken the lease");
            assertThatThrownBy(() -> late.plan(size(100))).hasMessageContaining("another run has taken the lease");
            late.close();
            assertThatThrownBy(this::acquire).as("its end frees nothing").isInstanceOf(LeaseHeldException.class);
        }
        try (CheckpointLease last = acquire()) {
            assertThat(last.load()).contains(second);
        }
    }

    /** At the moment at which the lease ends its holder writes and two others want it: one of the three has it then. */
    @Test
    void oneHasItWhenItsHolderWritesAndOthersTakeItAtTheVeryMomentItEnds() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        SplittableRandom random = new SplittableRandom(8);
        S3CheckpointStore one = at(new VirtualScheduler());
        S3CheckpointStore other = at(new VirtualScheduler());
        one.acquire("another source").close();
        other.acquire("another source").close();
        int kept = 0;
        int rounds = 60;
        try {
            for (int round = 0; round < rounds; round++) {
                CheckpointLease holder = one.acquire(SOURCE);
                holder.save(FIRST);
                store.advance(TERM.plusSeconds(1));
                CyclicBarrier start = new CyclicBarrier(3);
                long late = random.nextLong(2_000_000);
                Future<Boolean> saved = threads.submit(() -> {
                    start.await();
                    LockSupport.parkNanos(late);
                    return saves(holder);
                });
                List<Future<CheckpointLease>> takers =
                        List.of(threads.submit(() -> takes(one, start)), threads.submit(() -> takes(other, start)));
                int winners = saved.get() ? 1 : 0;
                kept += winners;
                List<CheckpointLease> taken = new ArrayList<>();
                for (Future<CheckpointLease> taker : takers) {
                    try {
                        taken.add(taker.get());
                    } catch (ExecutionException e) {
                        assertThat(e).hasCauseInstanceOf(LeaseHeldException.class);
                    }
                }
                for (CheckpointLease lease : taken) {
                    winners++;
                    assertThat(saves(holder)).as("round %d, taken over", round).isFalse();
                    assertThat(saves(lease)).as("round %d, the other", round).isTrue();
                    lease.close();
                }
                assertThat(winners).as("round %d", round).isEqualTo(1);
                holder.close();
            }
        } finally {
            threads.shutdownNow();
        }
        System.out.println("leases at their end: kept " + kept + ", taken over " + (rounds - kept));
    }

    private static CheckpointLease takes(S3CheckpointStore from, CyclicBarrier start) throws Exception {
        start.await();
        return from.acquire(SOURCE);
    }

    private static boolean saves(CheckpointLease lease) {
        try {
            lease.save(FIRST);
            return true;
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("another run has taken the lease");
            return false;
        }
    }

    @Test
    void aRunThatLivesRenewsItsLeaseForAsLongAsItTakes() throws IOException {
        VirtualScheduler time = new VirtualScheduler();
        try (CheckpointLease lease = at(time).acquire(SOURCE)) {
            lease.save(FIRST);
            lease.plan(size(1));
            lease.settled(batch(1));
            for (int i = 0; i < 12; i++) {
                long writes = writes();
                Duration step = TERM.dividedBy(3);
                store.advance(step);
                time.advance(step);
                Eventually.holds("a renewal", () -> writes() > writes);
                assertThatThrownBy(this::acquire).isInstanceOf(LeaseHeldException.class);
            }
        }
        try (CheckpointLease next = acquire()) {
            assertThat(next.load()).contains(FIRST.with(List.of(size(1)), List.of(batch(1))));
        }
    }

    private long writes() {
        return store.requests().stream().filter(r -> r.method().equals("PUT")).count();
    }

    @Test
    void whatWasSettledIsWrittenWithWhateverComesNext() throws IOException {
        CheckpointLease crashed = acquire();
        crashed.save(FIRST);
        crashed.settled(batch(1));
        crashed.settled(batch(11));
        crashed.plan(size(21));
        crashed.settled(batch(21));
        store.advance(TERM.plusSeconds(1));

        try (CheckpointLease next = acquire()) {
            assertThat(next.load()).contains(FIRST.with(List.of(size(21)), List.of(batch(1), batch(11))));
        }
    }

    @Test
    void nothingIsNotedBeforeACheckpointWasSaved() throws IOException {
        try (CheckpointLease lease = acquire()) {
            assertThatThrownBy(() -> lease.plan(size(1))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> lease.settled(batch(1))).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void anAnswerThatWasLostLosesNoLease() throws IOException {
        try (CheckpointLease lease = acquire()) {
            for (int i = 0; i < 2; i++) {
                store.loseAnswers(1 + i);
                lease.save(FIRST);
                lease.plan(size(1 + i));
            }
        }
        try (CheckpointLease next = acquire()) {
            assertThat(next.load()).contains(FIRST.with(List.of(size(2)), List.of()));
        }
    }

    /** The next write is refused because of what it wrote, and finds that out. */
    @Test
    void aWriteThatWasReportedAsFailedAndWasMadeLosesNoLease() throws IOException {
        try (CheckpointLease lease = acquire()) {
            lease.save(FIRST);
            store.refuseAfterMaking(1);
            assertThatThrownBy(() -> lease.plan(size(1))).hasMessageContaining("access is denied");
            lease.plan(size(2));
            store.refuseAfterMaking(1);
            assertThatThrownBy(() -> lease.save(FIRST)).hasMessageContaining("access is denied");
            lease.save(FIRST);
            lease.plan(size(3));
        }
        try (CheckpointLease next = acquire()) {
            assertThat(next.load()).contains(FIRST.with(List.of(size(3)), List.of()));
        }
    }

    @Test
    void saysWhatIsNoCheckpoint() throws IOException {
        acquire().close();
        String path = store.requests().stream()
                .map(LoopbackS3.Request::path)
                .filter(name -> name.endsWith(".checkpoint"))
                .findFirst()
                .orElseThrow();
        for (String planted : List.of("planted", "planted\nplanted\nplanted", "apilados-s3-checkpoint 4 x\n-\n")) {
            store.put("b", path.substring(2), planted.getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(this::acquire)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is no checkpoint of this version of the library")
                    .hasMessageContaining("delete it to begin anew")
                    .hasMessageNotContaining("planted");
        }
        store.put("b", path.substring(2), "apilados-s3-checkpoint 3 1 1\n-\n".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(this::acquire)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another version of the library wrote the checkpoint")
                .hasMessageNotContaining("delete");
    }

    @Test
    void aHolderWhoseProcessIsGoneFromThisMachineHasTheLeaseNoLonger() {
        LeaseOwner here = LeaseOwner.here(TERM);
        LeaseOwner dead = new LeaseOwner("id", TERM, here.host(), here.processes(), here.pid(), here.started() - 1_000);
        LeaseOwner elsewhere = new LeaseOwner("id", TERM, here.host(), "boot/pid:[1]", 1, 1);

        assertThat(here.hasDied()).isFalse();
        assertThat(dead.hasDied())
                .as("another process had its number")
                .isEqualTo(!here.processes().isEmpty());
        assertThat(elsewhere.hasDied()).as("nobody can see").isFalse();
        assertThat(LeaseOwner.fromLine(here.toLine())).isEqualTo(here);
        assertThat(LeaseOwner.fromLine("a b c")).isNull();
        assertThat(LeaseOwner.fromLine("a b c d e f")).isNull();
    }

    /** A store that tells no date: the clocks of the two runs have to do. */
    @Test
    void withoutTheStoresClockTheWritersDecides() {
        LeaseObject held = new LeaseObject(LeaseOwner.here(TERM), 1, 1_000_000, new byte[0]);

        assertThat(held.isHeld(null, 1_000_000 + TERM.toMillis())).isTrue();
        assertThat(held.isHeld(null, 1_000_001 + TERM.toMillis())).isFalse();
        assertThat(held.isHeld(TERM.plusMillis(1), 1_000_000)).isFalse();
        assertThat(new LeaseObject(null, 1, 1_000_000, new byte[0]).isHeld(Duration.ZERO, 1_000_000))
                .isFalse();
    }
}
