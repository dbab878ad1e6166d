// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Settings of a cache that is preloaded if the catalog fits, and otherwise on demand: see {@link CCTsCache#auto}. What
 * counts is bytes: the packed table, and what building it takes at its peak, against a share of the memory available.
 * Confined to one thread.
 */
public final class AutoBuilder {

    /** So many bytes of a catalog tell how long its rows are and which form its keys have. */
    private static final long SAMPLE_BYTES = 1 << 16;

    private static final long SAVED_BYTES_A_KEY = 12;

    private final ByteSource catalogCsv;
    private double memoryShare = 0.7;
    private long mostRecords = Long.MAX_VALUE;
    private @Nullable CCTsLoader loader;
    private LongSupplier available = AvailableMemory::bytes;
    private UnaryOperator<OnDemandBuilder> onDemand = settings -> settings;

    AutoBuilder(ByteSource catalogCsv) {
        this.catalogCsv = Objects.requireNonNull(catalogCsv, "catalogCsv");
    }

    /** Which share of the memory available the catalog may take: more than 0 and at most 1; 0.7 by default. */
    public AutoBuilder memoryShare(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "memoryShare was " + share + " but it must be more than 0 and at most 1");
        }
        memoryShare = share;
        return this;
    }

    /** A catalog of more records than this is not preloaded, though it fits: 0 or more; no such limit by default. */
    public AutoBuilder largestCatalog(long records) {
        if (records < 0) {
            throw new IllegalArgumentException("largestCatalog was " + records + " but it must be 0 or more");
        }
        mostRecords = records;
        return this;
    }

    /** What loads keys on demand; by default the catalog itself is {@linkplain CCTsLoader#scanning read through}. */
    public AutoBuilder loader(CCTsLoader value) {
        loader = Objects.requireNonNull(value, "loader");
        return this;
    }

    /** Sets what is to be set when it is on demand. */
    public AutoBuilder onDemand(UnaryOperator<OnDemandBuilder> settings) {
        onDemand = Objects.requireNonNull(settings, "settings");
        return this;
    }

    /**
     * How many bytes of memory there are: 0 or more; by default the largest heap, or the container's limit if that is
     * less, without what is in use.
     */
    public AutoBuilder availableBytes(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("availableBytes was " + bytes + " but it must be 0 or more");
        }
        available = () -> bytes;
        return this;
    }

    /**
     * The cache, preloaded where that fits. The choice and its numbers are logged, and stand in its notes.
     *
     * @throws IOException if the catalog cannot be read or is unfit, as {@link CCTsCatalog#load}
     */
    public CCTsCache build() throws IOException {
        long bytes = available.getAsLong();
        Budget budget = new Budget(memoryShare * bytes, mostRecords);
        Estimate estimate;
        boolean saved;
        CCTsCatalog catalog;
        try (PeekedSource source = PeekedSource.open(catalogCsv, PackedCatalogFile.MAGIC_BYTES)) {
            saved = PackedCatalogFile.isMagic(source.peeked());
            estimate = estimate(source.version().sizeBytes(), saved);
            catalog = estimate == null || budget.allows(estimate.keys, estimate.others, 0)
                    ? load(source, saved, budget)
                    : null;
        }
        if (catalog != null) {
            return chosen(new PreloadedCCTsCache(
                    catalog,
                    "catalog preloaded: " + Footprint.grouped(catalog.size()) + " keys take "
                            + Footprint.megabytes(catalog.tableBytes()) + " of " + Footprint.megabytes(bytes)
                            + " available"));
        }
        String keys = estimate != null && !budget.loading
                ? String.format(Locale.ROOT, "some %,d keys", estimate.keys)
                : String.format(Locale.ROOT, "%,d keys or more", budget.keys);
        String reason = budget.keys > mostRecords
                ? String.format(Locale.ROOT, "%s, and at most %,d are to be preloaded", keys, mostRecords)
                : String.format(
                        Locale.ROOT,
                        "%s would take %s to build, over %.0f %% of %s available",
                        keys,
                        Footprint.megabytes(Footprint.peakBytes(budget.keys, budget.others)),
                        100 * memoryShare,
                        Footprint.megabytes(bytes));
        if (saved && loader == null) {
            throw new IOException(catalogCsv.location() + ": " + reason
                    + ", and a saved catalog cannot be read on demand; give the heap more, name the CSV or a loader");
        }
        OnDemandBuilder settings = CCTsCache.onDemand(loader == null ? CCTsLoader.scanning(catalogCsv) : loader);
        return chosen(onDemand.apply(settings)
                .note("catalog on demand (" + reason + ")")
                .build());
    }

    private static CCTsCache chosen(CCTsCache cache) {
        cache.notes().forEach(LoggerFactory.getLogger(AutoBuilder.class)::info);
        return cache;
    }

    private record Estimate(long keys, long others) {}

    /** All of it, or null if it turned out to be too large. */
    private @Nullable CCTsCatalog load(PeekedSource source, boolean saved, Budget budget) throws IOException {
        long size = source.version().sizeBytes();
        boolean surelyFits = size != SourceVersion.UNKNOWN_SIZE && Footprint.mostPeakBytes(size) <= budget.mostBytes;
        if (!saved && !surelyFits) {
            return new CatalogCsv(source).load(budget);
        }
        CCTsCatalog catalog =
                saved ? PackedCatalogFile.read(source.location(), source.stream()) : new CatalogCsv(source).load();
        return budget.allows(catalog.size(), catalog.others().size(), size) ? catalog : null;
    }

    /** From its size and its beginning; null if it does not tell its size: then loading shows whether it fits. */
    private @Nullable Estimate estimate(long sizeBytes, boolean saved) throws IOException {
        if (sizeBytes == SourceVersion.UNKNOWN_SIZE) {
            return null;
        }
        if (saved) {
            return new Estimate(sizeBytes / SAVED_BYTES_A_KEY, 0);
        }
        Sample sample = new Sample();
        new CatalogCsv(catalogCsv).measure(sample);
        double whole = sample.bytes == 0 ? 0 : (double) sizeBytes / sample.bytes;
        return sample.ended
                ? new Estimate(Math.round(whole * sample.keys), Math.round(whole * sample.others))
                : new Estimate(sample.keys, sample.others);
    }

    /** Reads the beginning. */
    private static final class Sample implements CatalogCsv.Limit {
        private long keys;
        private long others;
        private long bytes;
        private boolean ended;

        @Override
        public boolean allows(long keysRead, long othersRead, long bytesRead) {
            keys = keysRead;
            others = othersRead;
            bytes = bytesRead;
            ended = bytes >= SAMPLE_BYTES;
            return !ended;
        }
    }

    /** What may be taken; it also holds while loading, because an estimate can be wrong. */
    private static final class Budget implements CatalogCsv.Limit {
        private final double mostBytes;
        private final long mostKeys;
        private boolean loading;
        private long keys;
        private long others;

        Budget(double mostBytes, long mostKeys) {
            this.mostBytes = mostBytes;
            this.mostKeys = mostKeys;
        }

        @Override
        public boolean allows(long keysRead, long othersRead, long bytesRead) {
            keys = keysRead;
            others = othersRead;
            loading = bytesRead > 0;
            return keys <= mostKeys && Footprint.peakBytes(keys, others) <= mostBytes;
        }
    }
}
