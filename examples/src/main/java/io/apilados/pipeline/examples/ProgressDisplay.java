// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.PipelineRun;
import io.apilados.pipeline.Progress;
import java.io.PrintStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Shows how far a run is: one line that is drawn over on a terminal, else a plain line every few seconds. */
final class ProgressDisplay implements AutoCloseable {

    private static final int BAR_CELLS = 24;

    /** Before so much of the source is settled, what is left is anybody's guess. */
    private static final double LEAST_TO_GO_BY = 0.01;

    private static final long TERMINAL_MILLIS = 200;
    private static final long PLAIN_MILLIS = 5_000;
    private static final int FIRST_WITH_TERMINAL_QUESTION = 22;

    private final PipelineRun run;
    private final PrintStream out;
    private final boolean terminal;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "progress");
        thread.setDaemon(true);
        return thread;
    });

    ProgressDisplay(PipelineRun run, PrintStream out, boolean terminal) {
        this.run = run;
        this.out = out;
        this.terminal = terminal;
        long period = terminal ? TERMINAL_MILLIS : PLAIN_MILLIS;
        var unused = timer.scheduleAtFixedRate(this::show, period, period, TimeUnit.MILLISECONDS);
    }

    private void show() {
        Progress progress = run.progress();
        if (terminal) {
            out.print("\r\u001b[K" + bar(progress) + line(progress));
            out.flush();
        } else {
            out.println(line(progress));
        }
    }

    private static String bar(Progress progress) {
        if (progress.sizeBytes() <= 0) {
            return "";
        }
        int full = (int) Math.round(BAR_CELLS * progress.fraction());
        return "[" + "#".repeat(full) + ".".repeat(BAR_CELLS - full) + "] ";
    }

    static String line(Progress progress) {
        double seconds = Math.max(1e-3, progress.elapsed().toMillis() / 1e3);
        return String.format(
                Locale.ROOT,
                "%s%,d delivered, %,d rejected, %,.0f records/s%s, %d in flight, batches of %d%s",
                progress.sizeBytes() <= 0 ? "" : String.format(Locale.ROOT, "%3.0f%% ", 100 * progress.fraction()),
                progress.delivered(),
                progress.rejected(),
                progress.delivered() / seconds,
                timeLeft(progress),
                progress.inFlight(),
                progress.batchSize(),
                progress.retries() == 0 ? "" : String.format(Locale.ROOT, ", %,d retries", progress.retries()));
    }

    /** From the bytes that are settled: rows differ in length less than they differ in number. */
    private static String timeLeft(Progress progress) {
        double done = progress.fraction();
        if (done < LEAST_TO_GO_BY) {
            return "";
        }
        long left = Math.round(progress.elapsed().toMillis() * (1 - done) / done);
        Duration time = Duration.ofMillis(left);
        return String.format(
                Locale.ROOT, ", %d:%02d:%02d left", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    /** Whether standard error is a terminal that takes control characters. */
    static boolean onTerminal() {
        String term = System.getenv("TERM");
        boolean plain = term == null || term.equals("dumb");
        if (plain || System.getenv("CI") != null || System.getenv("NO_COLOR") != null) {
            return false;
        }
        return isTerminal();
    }

    /** From Java 22 on there may be a console without a terminal, and it has to be asked. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Object console = System.console();
        if (console == null || Runtime.version().feature() < FIRST_WITH_TERMINAL_QUESTION) {
            return console != null;
        }
        try {
            return (boolean) MethodHandles.publicLookup()
                    .findVirtual(java.io.Console.class, "isTerminal", MethodType.methodType(boolean.class))
                    .invoke(console);
        } catch (Throwable e) {
            return false;
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        if (terminal) {
            out.print("\r\u001b[K");
            out.flush();
        }
    }
}
