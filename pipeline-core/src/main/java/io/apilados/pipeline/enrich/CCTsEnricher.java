// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvHeader;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecordException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Passes a row through as a JSON object with the id of its school key added: every column becomes a string member as it
 * is, and {@code cctId} a number.
 *
 * <p>A row whose key is not known is rejected as {@code unknown-key}, one without a key as {@code missing-key}, and one
 * without an id, where an id column was named, as {@code missing-id}. Where a name occurs several times in the header,
 * the second member is called {@code name_2} and so on, because many readers of JSON keep only one of two members of
 * the same name.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class CCTsEnricher implements JsonEncoder<CsvRow> {

    /** What the added member is called: {@value}. */
    public static final String DEFAULT_MEMBER = "cctId";

    private final KeyColumn key;
    private final @Nullable String idColumn;
    private final boolean idColumnOptional;
    private final String member;

    /** The last header seen and what was worked out for it; replaced as a whole, so that a race costs only time. */
    private volatile @Nullable Layout layout;

    private CCTsEnricher(KeyColumn key, @Nullable String idColumn, boolean idColumnOptional, String member) {
        this.key = key;
        this.idColumn = idColumn;
        this.idColumnOptional = idColumnOptional;
        this.member = Objects.requireNonNull(member, "member");
    }

    /** Looks up the key in {@code keyColumn}. */
    public static CCTsEnricher lookingUp(String keyColumn, CCTsCache cache) {
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(keyColumn, "keyColumn");
        return new CCTsEnricher(new KeyColumn(keyColumn, cache), null, false, DEFAULT_MEMBER);
    }

    /** The same, and a row with nothing in {@code column} is rejected; by default no column has to hold anything. */
    public CCTsEnricher requiringId(String column) {
        return new CCTsEnricher(key, Objects.requireNonNull(column, "column"), false, member);
    }

    /** As {@link #requiringId}, but a file without such a column is as good. */
    public CCTsEnricher requiringIdWherePresent(String column) {
        return new CCTsEnricher(key, Objects.requireNonNull(column, "column"), true, member);
    }

    /** The same with another name for the added member; {@value #DEFAULT_MEMBER} by default. */
    public CCTsEnricher addingAs(String name) {
        return new CCTsEnricher(key, idColumn, idColumnOptional, name);
    }

    @Override
    public List<String> requiredColumns() {
        return idColumn == null || idColumnOptional ? List.of(key.name()) : List.of(key.name(), idColumn);
    }

    @Override
    public int chunk() {
        return key.cache().chunk();
    }

    @Override
    public void prepare(List<? extends CsvRow> rows) throws InterruptedException {
        key.prepare(rows);
    }

    @Override
    public List<CCTsCache> caches() {
        return List.of(key.cache());
    }

    @Override
    public List<String> notes() {
        return key.cache().notes();
    }

    private Layout layoutOf(CsvRow row) {
        Layout columns = layout;
        if (columns == null || columns.header != row.header()) {
            columns = new Layout(row.header());
            layout = columns;
        }
        return columns;
    }

    @Override
    public void encode(CsvRow row, JsonBuffer out) {
        Layout columns = layoutOf(row);
        if (columns.id >= 0 && RowJson.isBlank(row, columns.id)) {
            throw new RejectedRecordException("missing-id", "column " + idColumn + ": expected an id, it is empty");
        }
        columns.encode(row, key.idOf(row, columns.keyIndex), out);
    }

    /** What follows from a header: where the columns are, and the text before each value. */
    private final class Layout {
        private final CsvHeader header;
        private final int keyIndex;
        private final int id;
        private final byte[][] beforeValue;
        private final byte[] beforeId;
        private final int fixedBytes;

        Layout(CsvHeader header) {
            this.header = header;
            this.keyIndex = header.requireIndexOf(key.name());
            this.id = idColumn == null
                    ? -1
                    : idColumnOptional ? header.indexOf(idColumn) : header.requireIndexOf(idColumn);
            Set<String> used = new HashSet<>(List.of(member));
            List<byte[]> prefixes = new ArrayList<>();
            int bytes = 0;
            for (String name : header.names()) {
                byte[] prefix = prefix(prefixes.isEmpty() ? "{" : "\",", unused(name, used), "\"");
                prefixes.add(prefix);
                bytes += prefix.length;
            }
            this.beforeValue = prefixes.toArray(byte[][]::new);
            this.beforeId = prefix("\",", member, "");
            this.fixedBytes = bytes + beforeId.length + JsonBuffer.LONGEST_NUMBER + 1;
        }

        private static String unused(String name, Set<String> used) {
            String candidate = name;
            for (int i = 2; !used.add(candidate); i++) {
                candidate = name + "_" + i;
            }
            return candidate;
        }

        private static byte[] prefix(String before, String name, String after) {
            JsonBuffer text = new JsonBuffer().raw(before).string(name).raw(":").raw(after);
            return text.copy(0, text.length());
        }

        void encode(CsvRow row, int cctId, JsonBuffer out) {
            int columns = beforeValue.length;
            int room = fixedBytes + row.sizeBytes();
            out.reserve(room);
            for (int i = 0; i < columns; i++) {
                out.put(beforeValue[i]);
                RowJson.text(row, i, out, room);
            }
            out.put(beforeId);
            out.putNumber(cctId);
            out.put('}');
        }
    }
}
