// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.enrich.CCTsCatalog.DuplicateKeyException;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourcePosition;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a catalog from CSV. A catalog is configuration: one bad row makes all of it unfit, and the error says which. */
final class CatalogCsv {

    private static final String ID = "id";
    private static final String KEY = "clave";

    private final ByteSource source;
    private final LineNumbers lines = new LineNumbers();

    /** How many lines after the header the parser does not see. */
    private int linesTaken;

    CatalogCsv(ByteSource source) {
        this.source = source;
    }

    /** Decides whether reading goes on. */
    @FunctionalInterface
    interface Limit {

        /** None: reading always goes on. */
        Limit NONE = new Unlimited();

        /**
         * Asked after each row.
         *
         * @param keys how many there were so far
         * @param others how many of them are not of the usual form
         * @param bytes how many bytes they took in the source
         */
        boolean allows(long keys, long others, long bytes);
    }

    private static final class Unlimited implements Limit {
        @Override
        public boolean allows(long keys, long others, long bytes) {
            return true;
        }
    }

    /** What is done with a row. */
    @FunctionalInterface
    private interface RowAction {
        void take(CsvRow row, long line, int idColumn, int keyColumn) throws IOException;
    }

    /** All of it. */
    CCTsCatalog load() throws IOException {
        CCTsCatalog.Builder catalog = CCTsCatalog.builder();
        try (PeekedSource rest = takePlainRows(catalog)) {
            read(rest, Limit.NONE, new Putting(catalog));
        }
        return build(catalog);
    }

    /** All of it, or null if the limit ended it before. Slower, because each row is looked at by itself. */
    @Nullable CCTsCatalog load(Limit limit) throws IOException {
        CCTsCatalog.Builder catalog = CCTsCatalog.builder();
        return read(source, limit, new Putting(catalog)) ? build(catalog) : null;
    }

    /** Goes over the rows until the limit ends it, and looks at nothing but the form of their keys. */
    void measure(Limit limit) throws IOException {
        read(source, limit, (row, line, idColumn, keyColumn) -> {});
    }

    /** The ids of those keys that are there. Reads no further than to the last of them. */
    Map<String, Integer> find(Set<String> keys) throws IOException {
        // The table that holds a catalog finds the wanted keys in its rows, too, without making strings of them.
        CCTsCatalog.Builder builder = CCTsCatalog.builder();
        String[] wanted = keys.toArray(String[]::new);
        for (int i = 0; i < wanted.length; i++) {
            builder.put(wanted[i], i);
        }
        CCTsCatalog indexes = builder.build();
        long[] foundOn = new long[wanted.length];
        Map<String, Integer> ids = new HashMap<>();
        if (wanted.length > 0) {
            read(source, (rows, others, bytes) -> ids.size() < wanted.length, (row, line, idColumn, keyColumn) -> {
                int index = indexOf(row, keyColumn, indexes);
                if (index != CCTsCatalog.ABSENT) {
                    if (foundOn[index] != 0) {
                        throw duplicate(null, foundOn[index], line);
                    }
                    foundOn[index] = line;
                    ids.put(wanted[index], requireId(row, idColumn, line));
                }
            });
        }
        return ids;
    }

    /** Whether all of it was read. */
    private boolean read(ByteSource from, Limit limit, RowAction action) throws IOException {
        long keys = 0;
        long others = 0;
        try (RecordReader<CsvRow> reader = CsvParser.withHeader().open(from, from.version(), SourcePosition.START)) {
            int idColumn = column(reader, ID);
            int keyColumn = column(reader, KEY);
            while (true) {
                switch (reader.advance()) {
                    case RECORD -> {
                        CsvRow row = reader.record();
                        action.take(row, line(reader.position()), idColumn, keyColumn);
                        keys++;
                        if (!isUsual(row, keyColumn)) {
                            others++;
                        }
                        if (!limit.allows(keys, others, reader.nextPosition().byteOffset())) {
                            return false;
                        }
                    }
                    case MALFORMED ->
                        throw new UnfitCatalogException(
                                at(line(reader.malformed().position())) + ": "
                                        + reader.malformed().message() + "; correct the catalog",
                                null);
                    case END -> {
                        return true;
                    }
                }
            }
        }
    }

    private static boolean isUsual(CsvRow row, int keyColumn) {
        if (row.isPlainAscii(keyColumn)
                && PackedKey.pack(row.bytes(), row.from(keyColumn), row.to(keyColumn)) != PackedKey.NONE) {
            return true;
        }
        return Keys.of(row.text(keyColumn)) instanceof Long;
    }

    private PeekedSource takePlainRows(CCTsCatalog.Builder catalog) throws IOException {
        try {
            return PlainRows.take(source, catalog, lines);
        } catch (DuplicateKeyException e) {
            throw duplicate(e);
        } finally {
            linesTaken = lines.count();
        }
    }

    private int column(RecordReader<CsvRow> reader, String name) throws IOException {
        int index = reader.columns().indexOf(name);
        if (index < 0) {
            throw new UnfitCatalogException(
                    at(1) + ": no column is named '" + name + "'; a catalog is CSV with the columns id and clave",
                    null);
        }
        return index;
    }

    /** The line of a record in the source. */
    private long line(SourcePosition position) {
        return position.line() + linesTaken;
    }

    private final class Putting implements RowAction {
        private final CCTsCatalog.Builder catalog;

        Putting(CCTsCatalog.Builder catalog) {
            this.catalog = catalog;
        }

        @Override
        public void take(CsvRow row, long line, int idColumn, int keyColumn) throws IOException {
            int id = requireId(row, idColumn, line);
            lines.add(line);
            try {
                if (row.isPlainAscii(keyColumn)) {
                    catalog.put(row.bytes(), row.from(keyColumn), row.to(keyColumn), id);
                } else {
                    catalog.put(row.text(keyColumn), id);
                }
            } catch (DuplicateKeyException e) {
                throw duplicate(e);
            } catch (IllegalArgumentException e) {
                throw new UnfitCatalogException(at(line) + ", column clave: it is empty; correct the catalog", e);
            }
        }
    }

    private int requireId(CsvRow row, int column, long line) throws IOException {
        int id = id(row, column);
        if (id < 0) {
            throw new UnfitCatalogException(
                    at(line) + ", column id: expected a whole number from 0 to 2147483647; correct the catalog", null);
        }
        return id;
    }

    /** The id in a row; -1 if there is none. */
    private static int id(CsvRow row, int column) {
        try {
            return row.integer(column);
        } catch (RejectedRecordException e) {
            return -1;
        }
    }

    private CCTsCatalog build(CCTsCatalog.Builder catalog) throws IOException {
        try {
            return catalog.build();
        } catch (DuplicateKeyException e) {
            throw duplicate(e);
        }
    }

    private IOException duplicate(DuplicateKeyException e) throws IOException {
        if (e.key == null) {
            return duplicate(e, lines.of(e.first), lines.of(e.second));
        }
        // Where it stands first was not kept.
        return duplicate(e, new CatalogCsv(source).firstLineOf(e.key), lines.of(e.second));
    }

    /** The first line on which a key stands; 0 if there is none, because the source is another now. */
    private long firstLineOf(String key) throws IOException {
        CCTsCatalog only = CCTsCatalog.builder().put(key, 0).build();
        long[] found = new long[1];
        boolean unused = read(source, (keys, others, bytes) -> found[0] == 0, (row, line, idColumn, keyColumn) -> {
            if (indexOf(row, keyColumn, only) != CCTsCatalog.ABSENT) {
                found[0] = line;
            }
        });
        return found[0];
    }

    private static int indexOf(CsvRow row, int keyColumn, CCTsCatalog wanted) {
        return row.isPlainAscii(keyColumn)
                ? wanted.idOf(row.bytes(), row.from(keyColumn), row.to(keyColumn))
                : wanted.idOf(row.text(keyColumn));
    }

    private IOException duplicate(@Nullable Throwable cause, long firstLine, long secondLine) {
        return new UnfitCatalogException(
                at(secondLine) + ", column clave: the key stands on line " + firstLine
                        + " already, but each may stand once; remove one of them",
                cause);
    }

    private String at(long line) {
        return source.location() + " line " + line;
    }
}
