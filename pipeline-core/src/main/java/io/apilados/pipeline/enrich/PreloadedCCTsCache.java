// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvRow;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** A catalog that counts. */
final class PreloadedCCTsCache implements CCTsCache {

    private final CCTsCatalog catalog;
    private final String note;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    PreloadedCCTsCache(CCTsCatalog catalog) {
        this(
                catalog,
                "catalog preloaded: " + Footprint.grouped(catalog.size()) + " keys take "
                        + Footprint.megabytes(catalog.tableBytes()));
    }

    PreloadedCCTsCache(CCTsCatalog catalog, String note) {
        this.catalog = Objects.requireNonNull(catalog, "catalog");
        this.note = note;
    }

    @Override
    public int idOf(CharSequence key) {
        return counted(catalog.idOf(key));
    }

    @Override
    public int idOf(byte[] bytes, int from, int to) {
        return counted(catalog.idOf(bytes, from, to));
    }

    /** What is a key of the usual form is ASCII, so that it is not asked before whether it is. */
    @Override
    public int idOf(CsvRow row, int column) {
        long packed =
                row.isAsRead(column) ? PackedKey.pack(row.bytes(), row.from(column), row.to(column)) : PackedKey.NONE;
        return packed == PackedKey.NONE ? CCTsCache.super.idOf(row, column) : counted(catalog.idOf(packed));
    }

    private int counted(int id) {
        (id == ABSENT ? misses : hits).increment();
        return id;
    }

    @Override
    public List<String> notes() {
        return List.of(note);
    }

    @Override
    public Statistics statistics() {
        long found = hits.sum();
        long unknown = misses.sum();
        TierStatistics table = new TierStatistics("table", catalog.size(), catalog.size(), found, unknown);
        return new Statistics(found, unknown, List.of(table), LoaderStatistics.NONE);
    }
}
