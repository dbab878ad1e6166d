// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Reads a catalog through on every call. */
final class ScanningLoader implements CCTsLoader {

    private final CatalogCsv catalog;

    ScanningLoader(ByteSource catalogCsv) {
        this.catalog = new CatalogCsv(Objects.requireNonNull(catalogCsv, "catalogCsv"));
    }

    @Override
    public Map<String, Integer> load(Set<String> keys) throws IOException {
        try {
            return catalog.find(keys);
        } catch (UnfitCatalogException e) {
            // Reading it again cannot help: somebody has to correct it.
            throw new UncheckedIOException(e);
        }
    }
}
