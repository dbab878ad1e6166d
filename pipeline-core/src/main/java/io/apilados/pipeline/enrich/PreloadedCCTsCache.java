// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** A catalog that counts. */
final class PreloadedCCTsCache implements CCTsCache {

    private final CCTsCatalog catalog;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    PreloadedCCTsCache(CCTsCatalog catalog) {
        this.catalog = Objects.requireNonNull(catalog, "catalog");
    }

    @Override
    public int idOf(CharSequence key) {
        return counted(catalog.idOf(key));
    }

    @Override
    public int idOf(byte[] bytes, int from, int to) {
        return counted(catalog.idOf(bytes, from, to));
    }

    private int counted(int id) {
        (id == ABSENT ? misses : hits).increment();
        return id;
    }

    @Override
    public Statistics statistics() {
        return new Statistics(hits.sum(), misses.sum());
    }
}
