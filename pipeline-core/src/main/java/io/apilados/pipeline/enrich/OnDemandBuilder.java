// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.control.Scheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Settings of an on-demand cache: see {@link CCTsCache#onDemand}. Confined to one thread. */
public final class OnDemandBuilder {

    private static final int MOST_KEYS = 50_000_000;
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    final CCTsLoader loader;
    int hotKeys = 1_000;
    int compactKeys = 10_000;
    int chunk = 1_000;
    int largestLoad = 1_000;
    Duration knownFor = Duration.ofHours(1);
    Duration unknownFor = Duration.ofMinutes(5);
    Duration refreshAfter = Duration.ZERO;
    RetryPolicy retries = RetryPolicy.ofDefaults();
    Scheduler scheduler = Scheduler.system();

    @Nullable Path snapshot;

    @Nullable String note;

    OnDemandBuilder(CCTsLoader loader) {
        this.loader = Objects.requireNonNull(loader, "loader");
    }

    /** How many keys the first tier holds: 1 to 50,000,000; 1,000 by default. One takes some 130 bytes. */
    public OnDemandBuilder hotKeys(int keys) {
        hotKeys = within("hotKeys", keys, 1, MOST_KEYS);
        return this;
    }

    /**
     * How many keys the second tier holds, at most: 1 to 50,000,000; 10,000 by default. One takes 24 to 32 bytes. Keys
     * of another form than ten characters of {@code 0-9A-Z} have as many places of their own, at some 170 bytes each.
     */
    public OnDemandBuilder compactKeys(int keys) {
        compactKeys = within("compactKeys", keys, 1, MOST_KEYS);
        return this;
    }

    /** How many records a run prepares together: 1 to 100,000; 1,000 by default. */
    public OnDemandBuilder chunk(int records) {
        chunk = within("chunk", records, 1, 100_000);
        return this;
    }

    /** How many keys the loader is asked for in one call, at most: 1 to 1,000,000; 1,000 by default. */
    public OnDemandBuilder largestLoad(int keys) {
        largestLoad = within("largestLoad", keys, 1, 1_000_000);
        return this;
    }

    /** How long an id holds before it is loaded anew: 1 s or more, counted in whole seconds; 1 h by default. */
    public OnDemandBuilder knownFor(Duration time) {
        knownFor = atLeastASecond("knownFor", time);
        return this;
    }

    /** How long an unknown key counts as unknown: 1 s or more, counted in whole seconds; 5 min by default. */
    public OnDemandBuilder unknownFor(Duration time) {
        unknownFor = atLeastASecond("unknownFor", time);
        return this;
    }

    /**
     * An answer of this age is still given, at once, and its key is loaded anew together with the next keys that are
     * loaded, where there is room among them: never in a call of its own. By default nothing is refreshed ahead.
     *
     * @param time 1 s or more, counted in whole seconds
     */
    public OnDemandBuilder refreshAfter(Duration time) {
        refreshAfter = atLeastASecond("refreshAfter", time);
        return this;
    }

    /**
     * How long a loader may go on failing before lookups throw {@link CatalogUnavailableException}: zero or more; 15 min
     * by default. With zero it is asked once.
     */
    public OnDemandBuilder patience(Duration time) {
        retries = retries.withPatience(time);
        return this;
    }

    /** The longest first wait after a failure and the longest of all, as in {@link RetryPolicy}; 200 ms and 20 s. */
    public OnDemandBuilder backoff(Duration first, Duration longest) {
        retries = retries.withBackoff(first, longest);
        return this;
    }

    /**
     * Starts with what {@link OnDemandCCTsCache#saveTo} saved. Answers are as old as they were; those that have expired
     * are left out. A file that is not there is no error; a damaged or foreign one is passed over with a warning.
     *
     * @param file one for each catalog: an id of another catalog cannot be told from one of this
     */
    public OnDemandBuilder snapshot(Path file) {
        snapshot = Objects.requireNonNull(file, "file");
        return this;
    }

    /** The clock; the system's by default. */
    public OnDemandBuilder scheduler(Scheduler value) {
        scheduler = Objects.requireNonNull(value, "scheduler");
        return this;
    }

    /** Why it is on demand, for the report. */
    OnDemandBuilder note(String reason) {
        note = reason;
        return this;
    }

    /** The cache. */
    public OnDemandCCTsCache build() {
        return new OnDemandCCTsCache(this);
    }

    private static int within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + " was " + value + " but it must be between " + least + " and " + most);
        }
        return value;
    }

    private static Duration atLeastASecond(String name, Duration value) {
        if (value.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException(name + " was " + value + " but it must be 1 s or more");
        }
        return value;
    }
}
