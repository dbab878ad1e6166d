// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecordException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The column of school keys, and where they are looked up. */
record KeyColumn(String name, CCTsCache cache) {

    /**
     * The id of the row's key.
     *
     * @throws RejectedRecordException if there is no key, or none that is known
     */
    int idOf(CsvRow row, int column) {
        int id = cache.idOf(row, column);
        if (id == CCTsCache.ABSENT) {
            throw RowJson.isBlank(row, column)
                    ? new RejectedRecordException("missing-key", "column " + name + ": expected a key, it is empty")
                    : new RejectedRecordException("unknown-key", "column " + name + ": the key is not in the catalog");
        }
        return id;
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
