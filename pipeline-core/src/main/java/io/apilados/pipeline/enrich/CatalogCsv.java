// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.enrich.CCTsCatalog.DuplicateKeyException;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;

/** Reads a catalog from CSV. A catalog is configuration: one bad row makes all of it unfit, and the error says which. */
final class CatalogCsv {

    private static final String ID = "id";
    private static final String KEY = "clave";

    private final ByteSource source;

    CatalogCsv(ByteSource source) {
        this.source = source;
    }

    CCTsCatalog load() throws IOException {
        CCTsCatalog.Builder catalog = CCTsCatalog.builder();
        try (RecordReader<CsvRow> reader =
                CsvParser.withHeader().open(source, source.version(), SourcePosition.START)) {
            int idColumn = column(reader, ID);
            int keyColumn = column(reader, KEY);
            while (true) {
                switch (reader.advance()) {
                    case RECORD -> put(catalog, reader, idColumn, keyColumn);
                    case MALFORMED ->
                        throw new IOException(source.location() + " line "
                                + reader.malformed().position().line() + ": "
                                + reader.malformed().message() + "; correct the catalog");
                    case END -> {
                        return build(catalog);
                    }
                }
            }
        }
    }

    private int column(RecordReader<CsvRow> reader, String name) throws IOException {
        int index = reader.columns().indexOf(name);
        if (index < 0) {
            throw new IOException(source.location() + " line 1: no column is named '" + name
                    + "'; a catalog is CSV with the columns id and clave");
        }
        return index;
    }

    private void put(CCTsCatalog.Builder catalog, RecordReader<CsvRow> reader, int idColumn, int keyColumn)
            throws IOException {
        CsvRow row = reader.record();
        long line = reader.position().line();
        int id;
        try {
            id = Integer.parseInt(row.text(idColumn).strip());
        } catch (NumberFormatException e) {
            id = -1;
        }
        if (id < 0) {
            throw new IOException(source.location() + " line " + line
                    + ", column id: expected a whole number from 0 to 2147483647; correct the catalog");
        }
        try {
            catalog.put(row.text(keyColumn), id, line);
        } catch (DuplicateKeyException e) {
            throw duplicate(e);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    source.location() + " line " + line + ", column clave: it is empty; correct the catalog", e);
        }
    }

    private CCTsCatalog build(CCTsCatalog.Builder catalog) throws IOException {
        try {
            return catalog.build();
        } catch (DuplicateKeyException e) {
            throw duplicate(e);
        }
    }

    private IOException duplicate(DuplicateKeyException e) {
        return new IOException(
                source.location() + " line " + e.secondLine + ", column clave: the key stands on line " + e.firstLine
                        + " already, but each may stand once; remove one of them",
                e);
    }
}
