// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.http.RawServer.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers of tokens that hang. */
@Timeout(60)
class TokensTest {

    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch hanging = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final CountDownLatch never = new CountDownLatch(1);

    /** Hangs when it is asked for the token of this number. */
    private Supplier<String> hangingAt(int number) {
        return () -> {
            int mine = asked.incrementAndGet();
            if (mine == number) {
                hanging.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw new IllegalStateException(e);
                }
            }
            return "token-" + mine;
        };
    }

    @Test
    void tokenThatDoesNotComeCostsARequestItsOwnTimeAndNoMore() throws Exception {
        try (RawServer server = RawServer.answering(request -> Answer.of(200));
                var delivery = HttpDelivery.to(server.uri())
                        .timeout(SHORT)
                        .bearerToken(BearerToken.kept(hangingAt(1)))
                        .build()) {
            List<CompletionStage<DeliveryOutcome>> stages = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                stages.add(delivery.deliver(Batches.of("{}")));
            }
            // Whoever is left when the first gives up asks anew, and may still be in time.
            for (CompletionStage<DeliveryOutcome> stage : stages) {
                Object end = stage.<Object>handle((outcome, failure) -> outcome == null ? failure : outcome)
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS);
                assertThat(end)
                        .isInstanceOfAny(
                                DeliveryOutcome.Delivered.class, ConnectException.class, TimeoutException.class);
            }
            assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();

            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
        }
    }

    @Test
    void requestWhoseTokenIsGoodDoesNotWaitForOneThatIsRefreshed() throws Exception {
        try (RawServer server =
                        RawServer.answering(request -> Answer.of(request.text().contains("refuse") ? 401 : 200));
                var delivery = HttpDelivery.to(server.uri())
                        .bearerToken(BearerToken.kept(hangingAt(2)))
                        .build()) {
            CompletionStage<DeliveryOutcome> refused = delivery.deliver(Batches.of("{\"a\":\"refuse\"}"));
            assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();

            assertThat(Batches.deliver(delivery, Batches.of("{}"))).isEqualTo(DeliveryOutcome.delivered());
            assertThat(refused.toCompletableFuture()).isNotDone();
            never.countDown();
            assertThat(Batches.outcome(refused)).isInstanceOf(DeliveryOutcome.Stop.class);
        }
    }

    @Test
    void refusalOfAnOlderTokenDoesNotWaitForTheNewerOneToBeRefreshed() throws Exception {
        Tokens tokens = new Tokens(new BearerToken() {
            @Override
            public String current() {
                return "newer";
            }

            @Override
            public String refresh(String rejected) {
                return hangingAt(1).get();
            }
        });
        CompletableFuture<Throwable> end =
                inThread(() -> tokens.insteadOf("newer", LONG)).failure();
        assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();

        assertThat(tokens.insteadOf("older", Duration.ofMillis(1))).isEqualTo("newer");
        assertThat(end).isNotDone();
        never.countDown();
    }

    @Test
    void waitingForATokenCanBeInterrupted() throws Exception {
        Tokens tokens = new Tokens(BearerToken.kept(hangingAt(1)));
        Waiting first = inThread(() -> tokens.current(LONG));
        assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
        Waiting second = inThread(() -> tokens.current(LONG));

        second.thread().interrupt();
        assertThat(second.failure().get(30, TimeUnit.SECONDS)).isInstanceOf(ConnectException.class);
        assertThat(first.failure()).isNotDone();
        first.thread().interrupt();
        assertThat(first.failure().get(30, TimeUnit.SECONDS)).isInstanceOf(ConnectException.class);
        assertThat(tokens.current(LONG)).isEqualTo("token-2");
    }

    @Test
    void waitingForAnotherThreadCanBeInterruptedWhoeverAsks() throws Exception {
        BearerToken token = BearerToken.kept(hangingAt(1));
        Waiting first = inThread(token::current);
        assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
        Waiting second = inThread(token::current);

        second.thread().interrupt();
        assertThat(second.failure().get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
        assertThat(first.failure()).isNotDone();
        never.countDown();
    }

    /** A lookup and a delivery that share a token ask for another once. */
    @Test
    void tokenThatSomebodyElseRefreshedMeanwhileIsTaken() throws Exception {
        BearerToken shared = BearerToken.kept(hangingAt(0));
        assertThat(shared.current()).isEqualTo("token-1");
        assertThat(shared.refresh("token-1")).isEqualTo("token-2");
        assertThat(shared.refresh("token-1")).isEqualTo("token-2");
        assertThat(shared.refresh("token-2")).isEqualTo("token-3");
    }

    @Test
    void supplierThatFailsFailsAsBefore() {
        Tokens wrong = new Tokens(BearerToken.kept(() -> {
            throw new IllegalStateException("planted-secret");
        }));
        assertThatThrownBy(() -> wrong.current(LONG))
                .isInstanceOf(RunStop.class)
                .hasMessageContaining("IllegalStateException")
                .message()
                .doesNotContain("planted-secret");
    }

    private record Waiting(Thread thread, CompletableFuture<Throwable> failure) {}

    @FunctionalInterface
    private interface Asking {
        String ask() throws Exception;
    }

    private static Waiting inThread(Asking asking) {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                asking.ask();
                failure.completeExceptionally(new AssertionError("there was a token"));
            } catch (Exception e) {
                failure.complete(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return new Waiting(thread, failure);
    }
}
