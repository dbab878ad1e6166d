// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

/**
 * Answers what id a school key stands for. Safe for use by many threads.
 */
public interface CCTsCache {

    /** What a lookup returns for an unknown key: {@value}. */
    int ABSENT = CCTsCatalog.ABSENT;

    /** The id of a key, compared without the blanks around it; {@link #ABSENT} if it is unknown. */
    int idOf(CharSequence key);

    /**
     * The id of a key that stands in bytes; {@link #ABSENT} if it is unknown.
     *
     * @param bytes holds the key in ASCII
     */
    int idOf(byte[] bytes, int from, int to);

    /** How many lookups there were, and how many of them found an id. */
    Statistics statistics();

    /** All keys in memory from the start: the choice whenever the packed catalog fits, which it nearly always does. */
    static CCTsCache preloaded(CCTsCatalog catalog) {
        return new PreloadedCCTsCache(catalog);
    }

    /**
     * What a cache has done so far.
     *
     * @param hits lookups that found an id
     * @param misses lookups of unknown keys
     */
    record Statistics(long hits, long misses) {

        /** Hits among all lookups, from 0 to 1; 1 before the first. */
        public double hitRate() {
            return hits + misses == 0 ? 1 : (double) hits / (hits + misses);
        }
    }
}
