// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecordException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The column of school keys, and where they are looked up. */
final class KeyColumn {

    private final String name;
    private final CCTsCache cache;

    // Made once: there may be many such rows, and they have no trace.
    private final RejectedRecordException missing;
    private final RejectedRecordException unknown;

    KeyColumn(String name, CCTsCache cache) {
        this.name = name;
        this.cache = cache;
        this.missing = new RejectedRecordException("missing-key", "column " + name + ": expected a key, it is empty");
        this.unknown = new RejectedRecordException("unknown-key", "column " + name + ": the key is not in the catalog");
    }

    String name() {
        return name;
    }

    CCTsCache cache() {
        return cache;
    }

    /**
     * The id of the row's key.
     *
     * @throws RejectedRecordException if there is no key, or none that is known
     */
    int idOf(CsvRow row, int column) {
        int id = cache.idOf(row, column);
        if (id == CCTsCache.ABSENT) {
            throw absent(row, column);
        }
        return id;
    }

    private RejectedRecordException absent(CsvRow row, int column) {
        return RowJson.isBlank(row, column) ? missing : unknown;
    }

    /** Looks up the keys of these rows together. */
    void prepare(List<? extends CsvRow> rows) throws InterruptedException {
        Set<String> keys = new LinkedHashSet<>();
        for (CsvRow row : rows) {
            keys.add(row.text(name));
        }
        cache.prepare(keys);
    }
}
