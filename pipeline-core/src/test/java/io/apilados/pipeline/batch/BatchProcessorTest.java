// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.BatchSample.Outcome;
import io.apilados.pipeline.source.SourcePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchProcessorTest {

    private static final byte[] NO_FIELDS = {};

    private final List<Batch<Integer>> handed = new ArrayList<>();

    private CompletionStage<BatchSample> take(Batch<Integer> batch) {
        handed.add(batch);
        return CompletableFuture.completedFuture(new BatchSample(batch.size(), 0, 0, 1, Outcome.CLEAN));
    }

    private BatchProcessor<Integer> processor(BatchSizing sizing) {
        return BatchProcessor.to(this::take)
                .sizing(sizing)
                .fingerprint("source")
                .build();
    }

    @Test
    void handsOnFullBatchesAndTheRestWhenItIsFlushed() throws InterruptedException {
        BatchProcessor<Integer> processor = processor(BatchSizing.fixed(4));
        for (int i = 0; i < 10; i++) {
            processor.submit(i);
        }
        assertThat(handed).extracting(Batch::size).containsExactly(4, 4);
        processor.flush();
        assertThat(handed).extracting(Batch::size).containsExactly(4, 4, 2);
        assertThat(handed.get(2).records()).containsExactly(8, 9);
        processor.flush();
        assertThat(handed).hasSize(3);
    }

    @Test
    void closesOnceAndTakesNothingAfterwards() throws InterruptedException {
        BatchProcessor<Integer> processor = processor(BatchSizing.fixed(4));
        processor.submit(1);
        processor.close();
        processor.close();
        assertThat(handed).hasSize(1);
        assertThatThrownBy(() -> processor.submit(2)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void flushWaitsUntilEveryBatchIsSettled() throws Exception {
        CompletableFuture<BatchSample> open = new CompletableFuture<>();
        BatchProcessor<Integer> processor = BatchProcessor.<Integer>to(batch -> open)
                .sizing(BatchSizing.fixed(1))
                .build();
        processor.submit(1);
        CompletableFuture<Void> flushed = CompletableFuture.runAsync(() -> {
            try {
                processor.flush();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(flushed).isNotDone();
        open.complete(new BatchSample(1, 0, 0, 1, Outcome.CLEAN));
        flushed.get();
    }

    @Test
    void aPartFilledBatchLeavesWhenItsLingerTimeIsOver() throws InterruptedException {
        ArrayBlockingQueue<Batch<Integer>> sent = new ArrayBlockingQueue<>(10);
        BatchProcessor<Integer> processor = BatchProcessor.<Integer>to(batch -> {
                    sent.add(batch);
                    return CompletableFuture.completedFuture(new BatchSample(batch.size(), 0, 0, 1, Outcome.CLEAN));
                })
                .sizing(BatchSizing.fixed(100).withLinger(Duration.ofMillis(5)))
                .build();
        processor.submit(1);
        assertThat(sent.take().records()).containsExactly(1);
    }

    @Test
    void losesNothingUnderManyThreads() throws Exception {
        ConcurrentLinkedQueue<Integer> arrived = new ConcurrentLinkedQueue<>();
        BatchProcessor<Integer> processor = BatchProcessor.<Integer>to(batch -> {
                    arrived.addAll(batch.records());
                    return CompletableFuture.completedFuture(new BatchSample(batch.size(), 0, 0, 1, Outcome.CLEAN));
                })
                .sizing(BatchSizing.between(2, 50))
                .build();
        CountDownLatch done = new CountDownLatch(8);
        for (int t = 0; t < 8; t++) {
            int base = t * 1000;
            new Thread(() -> {
                        IntStream.range(base, base + 1000).forEach(i -> {
                            try {
                                processor.submit(i);
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        });
                        done.countDown();
                    })
                    .start();
        }
        done.await();
        processor.close();
        assertThat(arrived).hasSize(8000).doesNotHaveDuplicates();
    }

    @Test
    void theSameMembersHaveTheSameKeyAndAPartHasItsOwn() throws InterruptedException {
        for (int run = 0; run < 2; run++) {
            BatchProcessor<Integer> processor = processor(BatchSizing.fixed(4));
            for (int i = 0; i < 4; i++) {
                processor.submit(i, new SourcePosition(100 + 10 * i, i + 1, i + 2), NO_FIELDS);
            }
        }
        Batch<Integer> first = handed.get(0);
        assertThat(first.key())
                .isEqualTo("source-64-" + Long.toHexString(first.members()))
                .isEqualTo(handed.get(1).key());
        assertThat(first.part(0, 2).key()).isNotEqualTo(first.key());
        assertThat(first.part(0, 4).key()).isEqualTo(first.key());
        assertThat(first.select(new int[] {0, 1}).key())
                .isEqualTo(first.part(0, 2).key());
        assertThat(first.recordKey(1)).isEqualTo("source-6e");
        assertThat(first.part(1, 2).recordKey(0)).isEqualTo(first.recordKey(1));
    }

    /** It is part of checkpoints: whoever changes it raises their formats, in files, splits and S3. */
    @Test
    void theHashOfMembersIsThatOfThisFormat() throws InterruptedException {
        BatchProcessor<Integer> processor = processor(BatchSizing.fixed(3));
        for (long offset : new long[] {0, 7, 1L << 40}) {
            processor.submit(1, new SourcePosition(offset, offset + 1, 1), NO_FIELDS);
        }
        assertThat(handed.get(0).members()).isEqualTo(0x5e46412ddeb77740L);
        assertThat(handed.get(0).part(1, 2).members()).isEqualTo(0x7d93d2ae0779ab16L);
    }

    @Test
    void refusesSizesThatMakeNoSense() {
        assertThatThrownBy(() -> BatchSizing.adaptive(10, 5, 20)).hasMessageStartingWith("batch size was 10:5:20");
        assertThatThrownBy(() -> BatchSizing.fixed(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BatchSizing.fixed(10_001)).isInstanceOf(IllegalArgumentException.class);
        assertThat(BatchSizing.between(200, 300).initial()).isEqualTo(200);
    }
}
