// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.control.MemoryMonitor;
import io.apilados.pipeline.control.Pressure;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs {@link Ingest} while something else in the process takes more and more of the heap, until memory is critical;
 * holds that for a while, and lets it go. Arguments: those of {@code Ingest}.
 */
final class IngestUnderPressureMain {

    private static final int PIECE = 256 << 10;
    private static final long PIECE_EVERY_MILLIS = 20;
    private static final long HOLD_SECONDS = 3;

    /** Enough to fill the old generation, which is two thirds, and too little to leave the run without memory. */
    private static final double MOST_OF_HEAP = 0.55;

    private final Deque<byte[]> ballast = new ArrayDeque<>();
    private final CountDownLatch critical = new CountDownLatch(1);

    private IngestUnderPressureMain() {}

    public static void main(String[] args) {
        new IngestUnderPressureMain().run(List.of(args));
    }

    private void run(List<String> args) {
        Thread hog = new Thread(this::takeAndLetGo, "hog");
        hog.setDaemon(true);
        hog.start();
        int exit = Ingest.run(args, new PrintStream(System.out, true, StandardCharsets.UTF_8), System.err);
        System.exit(exit);
    }

    private void takeAndLetGo() {
        try (MemoryMonitor monitor = MemoryMonitor.ofDefaults();
                var told = monitor.onPressure(level -> {
                    if (level == Pressure.CRITICAL) {
                        critical.countDown();
                    }
                })) {
            long most = (long) (MOST_OF_HEAP * Runtime.getRuntime().maxMemory());
            while (!critical.await(PIECE_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                if ((ballast.size() + 1L) * PIECE > most) {
                    continue;
                }
                byte[] piece = new byte[PIECE];
                Arrays.fill(piece, (byte) 1);
                ballast.add(piece);
            }
            boolean unused = new CountDownLatch(1).await(HOLD_SECONDS, TimeUnit.SECONDS);
            ballast.clear();
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
