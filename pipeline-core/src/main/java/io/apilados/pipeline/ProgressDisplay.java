// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.report.RunReport;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Shows people how far a run is: on a terminal one line that is drawn over, with a bar; elsewhere a plain line every ten
 * seconds or ten per cent, to the log at INFO; in AWS Lambda nothing. Give it to {@code PipelineBuilder.listener}, one for
 * each pipeline.
 *
 * <p>What else is printed to the terminal meanwhile begins where the line ends, and is drawn over no more: the next line
 * comes below it. A thread of its own draws while a run is under way, and never longer. Whatever goes wrong with showing
 * does not concern the run.
 */
public final class ProgressDisplay implements PipelineListener {

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);
    private static final double LARGEST_STEP = 0.0999;
    private static final long TERMINAL_MILLIS = 200;
    private static final long PLAIN_MILLIS = 1_000;
    private static final int USUAL_COLUMNS = 80;
    private static final int FEWEST_COLUMNS = 20;
    private static final int FIRST_WITH_TERMINAL_QUESTION = 22;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final Mode mode;
    private final PrintStream terminal;
    private final Consumer<String> lines;
    private final int columns;
    private final boolean blocks;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable ScheduledExecutorService timer;
    private @Nullable ProgressLine line;
    private @Nullable RunStart run;
    private Duration shownAt = Duration.ZERO;
    private double shownFraction;
    private boolean shown;

    private enum Mode {
        TERMINAL,
        PLAIN,
        NOTHING
    }

    private ProgressDisplay(Builder builder) {
        this.mode = builder.mode();
        this.terminal = builder.terminal;
        this.lines = builder.lines;
        this.columns = builder.columns;
        this.blocks = builder.charset.newEncoder().canEncode('\u2588');
    }

    /** On standard error if that is a terminal, else in the log; nothing in AWS Lambda. */
    public static ProgressDisplay ofDefaults() {
        return builder().build();
    }

    /** A builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Whether standard error is a terminal that takes control characters. */
    public static boolean isOnTerminal() {
        String term = System.getenv("TERM");
        boolean plain = term == null || term.equals("dumb");
        if (plain || System.getenv("CI") != null || System.getenv("NO_COLOR") != null) {
            return false;
        }
        return isTerminal();
    }

    /**
     * Where the system tells what standard error is, by that. Elsewhere by the console, which knows of standard input and
     * output; from Java 22 on there may be one without a terminal, and it has to be asked.
     */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            // There is no such file here.
        }
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
    public void runStarted(RunStart start) {
        if (mode == Mode.NOTHING) {
            return;
        }
        lock.lock();
        try {
            stopTimer();
            run = start;
            line = new ProgressLine(start.sizeBytes(), blocks);
            shownAt = Duration.ZERO;
            shownFraction = 0;
            shown = false;
            ScheduledExecutorService begun = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "pipeline-progress");
                thread.setDaemon(true);
                return thread;
            });
            timer = begun;
            long period = mode == Mode.TERMINAL ? TERMINAL_MILLIS : PLAIN_MILLIS;
            var unused = begun.scheduleAtFixedRate(this::show, period, period, TimeUnit.MILLISECONDS);
        } finally {
            lock.unlock();
        }
    }

    /** Looks at the run, and shows it if it is time. */
    void show() {
        lock.lock();
        try {
            RunStart of = run;
            ProgressLine text = line;
            if (of == null || text == null) {
                return;
            }
            Progress progress = of.progress().get();
            text.look(progress);
            if (mode == Mode.TERMINAL) {
                terminal.print(CLEAR_LINE + text.fitted(progress, columns - 1));
                terminal.flush();
                shown = true;
            } else if (isDue(progress, text)) {
                shownAt = progress.elapsed();
                shownFraction = text.fraction();
                shown = true;
                lines.accept(text.plain(progress));
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isDue(Progress progress, ProgressLine text) {
        return progress.elapsed().minus(shownAt).compareTo(LONGEST_SILENCE) >= 0
                || (text.fraction() - shownFraction >= LARGEST_STEP && text.fraction() < 1);
    }

    @Override
    public void runEnded(RunReport report) {
        lock.lock();
        try {
            stopTimer();
            run = null;
            line = null;
            if (shown && mode == Mode.TERMINAL) {
                terminal.print(CLEAR_LINE);
                terminal.flush();
            } else if (shown) {
                lines.accept(String.format(
                        java.util.Locale.ROOT,
                        "%s: %,d delivered, %,d rejected in %.1f s, %,.0f records/s",
                        report.status(),
                        report.delivered(),
                        report.rejected(),
                        report.seconds(),
                        report.recordsPerSecond()));
            }
        } finally {
            lock.unlock();
        }
    }

    private void stopTimer() {
        ScheduledExecutorService begun = timer;
        if (begun != null) {
            timer = null;
            begun.shutdown();
        }
    }

    /** Settings. Confined to one thread. */
    public static final class Builder {
        private @Nullable Boolean onTerminal;
        private PrintStream terminal = System.err;
        private Consumer<String> lines =
                line -> LoggerFactory.getLogger(ProgressDisplay.class).info("{}", line);
        private int columns = columns(System.getenv("COLUMNS"));
        private Charset charset = charset();

        private Builder() {}

        private static int columns(@Nullable String said) {
            try {
                return said == null ? USUAL_COLUMNS : Math.max(FEWEST_COLUMNS, Integer.parseInt(said.strip()));
            } catch (NumberFormatException e) {
                return USUAL_COLUMNS;
            }
        }

        private static Charset charset() {
            String said = System.getProperty("stderr.encoding", System.getProperty("native.encoding", ""));
            try {
                return said.isEmpty() ? Charset.defaultCharset() : Charset.forName(said);
            } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
                return Charset.defaultCharset();
            }
        }

        private Mode mode() {
            if (onTerminal != null) {
                return onTerminal ? Mode.TERMINAL : Mode.PLAIN;
            }
            if (System.getenv("AWS_LAMBDA_FUNCTION_NAME") != null) {
                return Mode.NOTHING;
            }
            return isOnTerminal() ? Mode.TERMINAL : Mode.PLAIN;
        }

        /** Draws over one line of this stream, terminal or not. */
        public Builder terminal(PrintStream stream) {
            terminal = Objects.requireNonNull(stream, "terminal");
            onTerminal = true;
            return this;
        }

        /** Gives plain lines to this, terminal or not; it is called by a thread of the display's own. */
        public Builder lines(Consumer<String> printer) {
            lines = Objects.requireNonNull(printer, "lines");
            onTerminal = false;
            return this;
        }

        /**
         * How wide the terminal is; what {@code COLUMNS} in the environment says by default, or 80.
         *
         * @throws IllegalArgumentException if it is less than 20
         */
        public Builder columns(int value) {
            if (value < FEWEST_COLUMNS) {
                throw new IllegalArgumentException(
                        "columns was " + value + " but it must be " + FEWEST_COLUMNS + " or more");
            }
            columns = value;
            return this;
        }

        /** What the terminal shows; where that has no block characters, the bar is of {@code #}. */
        public Builder charset(Charset value) {
            charset = Objects.requireNonNull(value, "charset");
            return this;
        }

        /** The display. */
        public ProgressDisplay build() {
            return new ProgressDisplay(this);
        }
    }
}
