// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvHeader;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RejectedRecordException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
public final class CCTsEnricher implements Enricher<CsvRow, JsonRecord> {

    /** What the added member is called: {@value}. */
    public static final String DEFAULT_MEMBER = "cctId";

    private static final int LONGEST_INT = 11;

    private final CCTsCache cache;
    private final String keyColumn;
    private final @Nullable String idColumn;
    private final boolean idColumnOptional;
    private final String member;

    /** The last header seen and what was worked out for it; replaced as a whole, so that a race costs only time. */
    private volatile @Nullable Layout layout;

    private CCTsEnricher(
            CCTsCache cache, String keyColumn, @Nullable String idColumn, boolean idColumnOptional, String member) {
        this.cache = Objects.requireNonNull(cache, "cache");
        this.keyColumn = Objects.requireNonNull(keyColumn, "keyColumn");
        this.idColumn = idColumn;
        this.idColumnOptional = idColumnOptional;
        this.member = Objects.requireNonNull(member, "member");
    }

    /** Looks up the key in {@code keyColumn}. */
    public static CCTsEnricher lookingUp(String keyColumn, CCTsCache cache) {
        return new CCTsEnricher(cache, keyColumn, null, false, DEFAULT_MEMBER);
    }

    /** The same, and a row with nothing in {@code column} is rejected; by default no column has to hold anything. */
    public CCTsEnricher requiringId(String column) {
        return new CCTsEnricher(cache, keyColumn, Objects.requireNonNull(column, "column"), false, member);
    }

    /** As {@link #requiringId}, but a file without such a column is as good. */
    public CCTsEnricher requiringIdWherePresent(String column) {
        return new CCTsEnricher(cache, keyColumn, Objects.requireNonNull(column, "column"), true, member);
    }

    /** The same with another name for the added member; {@value #DEFAULT_MEMBER} by default. */
    public CCTsEnricher addingAs(String name) {
        return new CCTsEnricher(cache, keyColumn, idColumn, idColumnOptional, name);
    }

    @Override
    public List<String> requiredColumns() {
        return idColumn == null || idColumnOptional ? List.of(keyColumn) : List.of(keyColumn, idColumn);
    }

    @Override
    public int chunk() {
        return cache.chunk();
    }

    @Override
    public void prepare(List<? extends CsvRow> rows) throws InterruptedException {
        Set<String> keys = new LinkedHashSet<>();
        for (CsvRow row : rows) {
            keys.add(row.text(layoutOf(row).key));
        }
        cache.prepare(keys);
    }

    @Override
    public List<String> notes() {
        return cache.notes();
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
    public JsonRecord enrich(CsvRow row) {
        Layout columns = layoutOf(row);
        if (columns.id >= 0 && isBlank(row, columns.id)) {
            throw new RejectedRecordException("missing-id", "column " + idColumn + ": expected an id, it is empty");
        }
        int id = idOf(row, columns.key);
        if (id == CCTsCache.ABSENT) {
            throw isBlank(row, columns.key)
                    ? new RejectedRecordException(
                            "missing-key", "column " + keyColumn + ": expected a key, it is empty")
                    : new RejectedRecordException(
                            "unknown-key", "column " + keyColumn + ": the key is not in the catalog");
        }
        return columns.encode(row, id);
    }

    private int idOf(CsvRow row, int column) {
        return row.isPlainAscii(column)
                ? cache.idOf(row.bytes(), row.from(column), row.to(column))
                : cache.idOf(row.text(column));
    }

    private static boolean isBlank(CsvRow row, int column) {
        if (!row.isPlainAscii(column)) {
            String text = row.text(column);
            return Blanks.start(text) == text.length();
        }
        for (int i = row.from(column); i < row.to(column); i++) {
            if (!Blanks.isBlank((char) row.bytes()[i])) {
                return false;
            }
        }
        return true;
    }

    /** What follows from a header: where the columns are, and the text before each value. */
    private final class Layout {
        private final CsvHeader header;
        private final int key;
        private final int id;
        private final byte[][] beforeValue;
        private final byte[] beforeId;
        private final int fixedBytes;

        Layout(CsvHeader header) {
            this.header = header;
            this.key = header.requireIndexOf(keyColumn);
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
            this.fixedBytes = bytes + beforeId.length + LONGEST_INT + 1;
        }

        private static String unused(String name, Set<String> used) {
            String candidate = name;
            for (int i = 2; !used.add(candidate); i++) {
                candidate = name + "_" + i;
            }
            return candidate;
        }

        private static byte[] prefix(String before, String name, String after) {
            byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
            JsonText text = new JsonText(JsonText.LONGEST_ESCAPE * utf8.length + before.length() + after.length() + 3);
            text.raw(before.getBytes(StandardCharsets.US_ASCII));
            text.raw('"');
            text.escaped(utf8);
            text.raw('"');
            text.raw(':');
            text.raw(after.getBytes(StandardCharsets.US_ASCII));
            return text.toBytes();
        }

        JsonRecord encode(CsvRow row, int cctId) {
            int columns = beforeValue.length;
            byte[][] escaped = null;
            int capacity = fixedBytes;
            for (int i = 0; i < columns; i++) {
                if (row.isPlainJson(i)) {
                    capacity += row.to(i) - row.from(i);
                } else {
                    if (escaped == null) {
                        escaped = new byte[columns][];
                    }
                    escaped[i] = row.text(i).getBytes(StandardCharsets.UTF_8);
                    capacity += JsonText.LONGEST_ESCAPE * escaped[i].length;
                }
            }
            JsonText text = new JsonText(capacity);
            for (int i = 0; i < columns; i++) {
                text.raw(beforeValue[i]);
                if (escaped != null && escaped[i] != null) {
                    text.escaped(escaped[i]);
                } else {
                    text.raw(row.bytes(), row.from(i), row.to(i));
                }
            }
            text.raw(beforeId);
            text.number(cctId);
            text.raw('}');
            return JsonRecord.ofUtf8(text.toBytes());
        }
    }
}
