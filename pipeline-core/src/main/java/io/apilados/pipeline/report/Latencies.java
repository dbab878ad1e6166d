// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.report;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;

/**
 * How long many things took: a histogram with two significant digits (values are told within 1 %), from a microsecond to an
 * hour; what took longer counts as an hour. Merging loses nothing: the percentiles of merged parts are those of one histogram over all of them.
 * Immutable.
 *
 * <p>Source: HdrHistogram by Gil Tene, whose encoding {@link #toBase64} writes.
 */
public final class Latencies {

    static final int DIGITS = 2;
    static final long LONGEST_MICROS = 3_600_000_000L;

    /** Of nothing. */
    public static final Latencies NONE = new Latencies(new Histogram(LONGEST_MICROS, DIGITS));

    private final AbstractHistogram micros;

    /** Reckoned once: the histogram uses a field for it, and is not to be asked by two threads. */
    private final long meanMicros;

    /** The histogram is this object's own from now on. */
    Latencies(AbstractHistogram micros) {
        this.micros = micros;
        this.meanMicros = micros.getTotalCount() == 0 ? 0 : Math.round(micros.getMean());
    }

    /**
     * So many in each bucket.
     *
     * @param counts by bucket
     * @param least the least number of microseconds that belongs to each bucket; buckets are those of a histogram with as
     *     many digits
     */
    static Latencies of(long[] counts, long[] least) {
        Histogram histogram = new Histogram(LONGEST_MICROS, DIGITS);
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                histogram.recordValueWithCount(least[i], counts[i]);
            }
        }
        return new Latencies(histogram);
    }

    /** How many there are. */
    public long count() {
        return micros.getTotalCount();
    }

    /**
     * So many percent took no longer; zero if there are none.
     *
     * @param percent from 0 to 100
     */
    public Duration percentile(double percent) {
        if (!(percent >= 0 && percent <= 100)) {
            throw new IllegalArgumentException("percent was " + percent + " but it must be between 0 and 100");
        }
        return count() == 0 ? Duration.ZERO : micros(micros.getValueAtPercentile(percent));
    }

    /** The mean; zero if there are none. */
    public Duration mean() {
        return micros(meanMicros);
    }

    /** The longest; zero if there are none. */
    public Duration max() {
        return micros(micros.getMaxValue());
    }

    private static Duration micros(long value) {
        return Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(value));
    }

    /** Both together. */
    public Latencies merge(Latencies other) {
        if (other.count() == 0) {
            return this;
        }
        if (count() == 0) {
            return other;
        }
        Histogram sum = new Histogram(LONGEST_MICROS, DIGITS);
        sum.add(micros);
        sum.add(other.micros);
        return new Latencies(sum);
    }

    /** All of it, compressed: some hundred characters. */
    public String toBase64() {
        ByteBuffer bytes = ByteBuffer.allocate(micros.getNeededByteBufferCapacity());
        int length = micros.encodeIntoCompressedByteBuffer(bytes, Deflater.BEST_COMPRESSION);
        byte[] compressed = new byte[length];
        bytes.flip().get(compressed);
        return Base64.getEncoder().encodeToString(compressed);
    }

    /**
     * What {@link #toBase64} gave.
     *
     * @throws IllegalArgumentException if the text is something else
     */
    public static Latencies fromBase64(String text) {
        try {
            byte[] compressed = Base64.getDecoder().decode(text);
            Histogram read = Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(compressed), LONGEST_MICROS);
            Histogram own = new Histogram(LONGEST_MICROS, DIGITS);
            own.add(read);
            return new Latencies(own);
        } catch (DataFormatException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "the text of " + text.length() + " characters is no histogram of latencies", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Latencies that && micros.equals(that.micros);
    }

    @Override
    public int hashCode() {
        return Objects.hash(count(), micros.getMaxValue());
    }

    @Override
    public String toString() {
        return count() + " (p50 " + percentile(50).toMillis() + " ms, p99 "
                + percentile(99).toMillis() + " ms, max " + max().toMillis() + " ms)";
    }
}
