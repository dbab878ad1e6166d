// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.source.ByteSource;
import java.util.Collection;
import java.util.List;

/**
 * Answers what id a school key stands for. Safe for use by many threads.
 *
 * <p>{@link #preloaded} when the catalog fits into memory, which the packed table of it nearly always does;
 * {@link #onDemand} when it does not, or lies behind an API; {@link #auto} to have that decided by measured bytes.
 */
public interface CCTsCache {

    /** What a lookup returns for an unknown key: {@value}. */
    int ABSENT = CCTsCatalog.ABSENT;

    /**
     * The id of a key, compared without the blanks around it; {@link #ABSENT} if it is unknown.
     *
     * @throws CatalogUnavailableException if that cannot be told now; a cache that holds all keys never throws it
     */
    int idOf(CharSequence key);

    /**
     * The id of a key that stands in bytes; {@link #ABSENT} if it is unknown.
     *
     * @param bytes holds the key in ASCII
     * @throws CatalogUnavailableException if that cannot be told now; a cache that holds all keys never throws it
     */
    int idOf(byte[] bytes, int from, int to);

    /**
     * The id of the key that stands in a column of a row; {@link #ABSENT} if it is unknown. No string is made of it
     * where it stands in ASCII, as keys do.
     *
     * @param column from 0
     * @throws CatalogUnavailableException if that cannot be told now; a cache that holds all keys never throws it
     * @throws IndexOutOfBoundsException if there is no such column
     */
    default int idOf(CsvRow row, int column) {
        return row.isPlainAscii(column) ? idOf(row.bytes(), row.from(column), row.to(column)) : idOf(row.text(column));
    }

    /**
     * Loads those of the keys that are not there, together: call it with the keys of the next records, and look them up
     * on the same thread afterwards. Keys that other threads are loading are waited for. Does nothing where nothing has
     * to be loaded.
     *
     * @throws CatalogUnavailableException if they cannot be loaded
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    default void prepare(Collection<String> keys) throws InterruptedException {}

    /** The keys of how many records it is best to {@link #prepare} together; zero, the default, if there is no need. */
    default int chunk() {
        return 0;
    }

    /** What a report should say of how it works and why so, one sentence each; nothing by default. */
    default List<String> notes() {
        return List.of();
    }

    /** What it has done so far. Every lookup is counted once; preparing is no lookup. */
    Statistics statistics();

    /** All keys in memory from the start: the choice whenever the packed catalog fits, which it nearly always does. */
    static CCTsCache preloaded(CCTsCatalog catalog) {
        return new PreloadedCCTsCache(catalog);
    }

    /** Settings of a cache that loads keys when they are asked for, and holds so many of them as there is room for. */
    static OnDemandBuilder onDemand(CCTsLoader loader) {
        return new OnDemandBuilder(loader);
    }

    /**
     * Settings of a cache that is {@link #preloaded} if the catalog fits into the memory there is, and otherwise
     * {@link #onDemand}.
     *
     * @param catalogCsv CSV with the columns {@code id} and {@code clave}, in UTF-8; or a catalog that was saved, which
     *     needs a {@linkplain AutoBuilder#loader loader} if it does not fit
     */
    static AutoBuilder auto(ByteSource catalogCsv) {
        return new AutoBuilder(catalogCsv);
    }

    /**
     * What a cache has done so far.
     *
     * @param hits lookups that found an id without waiting for a loader
     * @param misses all others: of unknown keys, whether or not that was known already, and of such as had to be loaded
     * @param tiers what each tier answered, in the order in which they are asked
     * @param loader what was asked of the loader
     */
    record Statistics(long hits, long misses, List<TierStatistics> tiers, LoaderStatistics loader) {

        public Statistics {
            tiers = List.copyOf(tiers);
        }

        /** Hits among all lookups, from 0 to 1; 1 before the first. */
        public double hitRate() {
            return hits + misses == 0 ? 1 : (double) hits / (hits + misses);
        }
    }

    /**
     * What one tier has done so far.
     *
     * @param name {@code table}, {@code hot} or {@code compact}
     * @param capacity how many keys there is room for
     * @param entries how many it holds, unknown ones included
     * @param hits lookups that it answered, be it by saying that the key is known to be unknown
     * @param misses lookups that it had no answer to
     */
    record TierStatistics(String name, long capacity, long entries, long hits, long misses) {}

    /**
     * What was asked of a loader so far.
     *
     * @param calls how often it was asked, failures included
     * @param keysAsked for how many keys in all, a key counted once in each call
     * @param keysFound how many of them it knew
     * @param failures how many calls failed
     * @param coalesced how many keys were not asked for because another thread was loading them
     */
    record LoaderStatistics(long calls, long keysAsked, long keysFound, long failures, long coalesced) {

        /** Nothing was asked. */
        public static final LoaderStatistics NONE = new LoaderStatistics(0, 0, 0, 0, 0);
    }
}
