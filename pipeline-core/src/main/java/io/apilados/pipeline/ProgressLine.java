// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.Pressure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How far a run is, on one line. Confined to one thread; its percentage never goes back. */
final class ProgressLine {

    private static final int BAR_CELLS = 24;
    private static final int SHORTEST_BAR = 8;
    private static final int PERCENTAGE = 5;

    private final TimeLeft timeLeft;
    private final boolean known;
    private final char full;
    private final char empty;
    private double fraction;

    /** The first look: what was delivered by then, earlier runs may have delivered. */
    private @Nullable Progress first;

    private Optional<Duration> left = Optional.empty();

    /**
     * For a source of so many bytes.
     *
     * @param sizeBytes -1 if nobody knows
     * @param blocks whether the bar may be drawn with block characters
     */
    ProgressLine(long sizeBytes, boolean blocks) {
        this.timeLeft = new TimeLeft(sizeBytes);
        this.known = sizeBytes > 0;
        this.full = blocks ? '\u2588' : '#';
        this.empty = blocks ? '\u2591' : '.';
    }

    /** The part of the source that is settled, as it was last told. */
    double fraction() {
        return fraction;
    }

    /** Takes in how far the run is; the more often, the better it knows how long the rest takes. */
    void look(Progress progress) {
        if (known && progress.sizeBytes() < 0) {
            // The run has not opened its books: where it goes on from is not known yet.
            return;
        }
        first = first == null ? progress : first;
        fraction = Math.max(fraction, progress.fraction());
        left = timeLeft.at(progress.elapsed(), progress.bytesSettled());
    }

    /** Everything, without a bar. */
    String plain(Progress progress) {
        return percentage() + String.join(", ", parts(progress));
    }

    /** With a bar, and without what does not fit: the first things are the most important. */
    String fitted(Progress progress, int columns) {
        List<String> parts = parts(progress);
        while (true) {
            String text = percentage() + String.join(", ", parts);
            int room = columns - text.length() - 3;
            if (room >= SHORTEST_BAR && known) {
                return bar(Math.min(BAR_CELLS, room)) + text;
            }
            if (text.length() <= columns || parts.size() == 1) {
                return text.substring(0, Math.min(columns, text.length()));
            }
            parts.remove(parts.size() - 1);
        }
    }

    private String percentage() {
        return known ? String.format(Locale.ROOT, "%" + (PERCENTAGE - 2) + ".0f%% ", Math.floor(100 * fraction)) : "";
    }

    private String bar(int cells) {
        int done = (int) Math.floor(cells * fraction);
        return "[" + String.valueOf(full).repeat(done) + String.valueOf(empty).repeat(cells - done) + "] ";
    }

    private List<String> parts(Progress progress) {
        List<String> parts = new ArrayList<>();
        parts.add(String.format(Locale.ROOT, "%,d delivered", progress.delivered()));
        parts.add(String.format(Locale.ROOT, "%,.0f records/s", recordsPerSecond(progress)));
        left.ifPresent(time -> parts.add(clock(time) + " left"));
        if (progress.rejected() > 0) {
            parts.add(String.format(Locale.ROOT, "%,d rejected", progress.rejected()));
        }
        if (progress.breaker() != CircuitBreaker.State.CLOSED) {
            parts.add("breaker "
                    + progress.breaker().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        }
        if (progress.memory() != Pressure.NONE) {
            parts.add("memory " + progress.memory().name().toLowerCase(Locale.ROOT));
        }
        parts.add(progress.inFlight() + " in flight");
        parts.add("batches of " + progress.batchSize());
        if (progress.retries() > 0) {
            parts.add(String.format(Locale.ROOT, "%,d retries", progress.retries()));
        }
        return parts;
    }

    private double recordsPerSecond(Progress progress) {
        Progress from = first;
        boolean later = from != null && progress.elapsed().compareTo(from.elapsed()) > 0;
        long delivered = progress.delivered() - (later && from != null ? from.delivered() : 0);
        Duration during = later && from != null ? progress.elapsed().minus(from.elapsed()) : progress.elapsed();
        return delivered / Math.max(1e-3, during.toMillis() / 1e3);
    }

    private static String clock(Duration exact) {
        Duration time = Duration.ofSeconds((exact.toMillis() + 500) / 1000);
        return String.format(Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }
}
