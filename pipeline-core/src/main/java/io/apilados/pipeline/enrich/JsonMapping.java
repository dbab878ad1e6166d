// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.parse.CsvHeader;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.NullWords;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a JSON object of a row as it is declared: which column becomes which member, and of what type. The bytes of the
 * row are copied where they are good as they are; no string or object is made of them.
 *
 * <pre>{@code
 * JsonMapping.builder()
 *         .nulls("NA")
 *         .text("id").as("id_externo").required()
 *         .key("cct", schools)
 *         .text("nombre", "primer_apellido")
 *         .integer("edad")
 *         .decimal("mod1", "mod2")
 *         .present("asistencias", "asist_1", "asist_2")
 *         .build();
 * }</pre>
 *
 * <p>Members stand in the object in the order in which they are declared. An empty field is null, and so is one of the
 * words that are declared as {@link Builder#nulls}, or for the whole file by {@link CsvParser#nulls} if none are. Numbers
 * may have blanks around them.
 *
 * <p>A row is rejected as {@code missing-key} or {@code unknown-key} by a key, as {@code bad-integer} or
 * {@code bad-decimal} by a number that is none, and as {@code missing-value} by a required column that holds null.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class JsonMapping implements JsonEncoder<CsvRow> {

    private final List<Member> members;
    private final @Nullable KeyColumn key;

    /** The words that were declared here; null if those of the parser count. */
    private final @Nullable NullWords nulls;

    /** The last header seen and what was worked out for it; replaced as a whole, so that a race costs only time. */
    private volatile @Nullable Layout layout;

    private JsonMapping(Builder builder) {
        this.members = List.copyOf(builder.members);
        this.key = builder.key;
        this.nulls = builder.nulls.isEmpty() ? null : NullWords.of(builder.nulls.toArray(new String[0]));
    }

    /** A builder without members. */
    public static Builder builder() {
        return new Builder();
    }

    /** What a member is made of. */
    private enum Kind {
        TEXT,
        INTEGER,
        DECIMAL,
        KEY,
        PRESENT,
        VALUES
    }

    /** One member, as it was declared. */
    private record Member(Kind kind, String name, List<String> columns, boolean required) {}

    @Override
    public List<String> requiredColumns() {
        Set<String> columns = new LinkedHashSet<>();
        for (Member member : members) {
            columns.addAll(member.columns);
        }
        return List.copyOf(columns);
    }

    @Override
    public int chunk() {
        return key == null ? 0 : key.cache().chunk();
    }

    @Override
    public void prepare(List<? extends CsvRow> rows) throws InterruptedException {
        if (key != null) {
            key.prepare(rows);
        }
    }

    @Override
    public List<CCTsCache> caches() {
        return key == null ? List.of() : List.of(key.cache());
    }

    @Override
    public List<String> notes() {
        return key == null ? List.of() : key.cache().notes();
    }

    @Override
    public void encode(CsvRow row, JsonBuffer out) {
        Layout current = layout;
        if (current == null || current.header != row.header()) {
            current = new Layout(row.header(), nulls == null ? row.nullWords() : nulls);
            layout = current;
        }
        current.encode(row, out);
    }

    /** What follows from a header: where the columns are, and the text around each value. */
    private final class Layout {
        private final CsvHeader header;
        private final byte[][] before;
        private final MemberWriter[] writers;

        /** Room for everything but the bytes of the row. */
        private final int fixedBytes;

        /** How often a column is written at most: it may be part of several members. */
        private final int uses;

        Layout(CsvHeader header, NullWords nulls) {
            int count = members.size();
            this.header = header;
            this.before = new byte[count][];
            this.writers = new MemberWriter[count];
            int[] written = new int[header.size()];
            int bytes = 2;
            for (int i = 0; i < count; i++) {
                Member member = members.get(i);
                int[] columns = new int[member.columns.size()];
                byte[][] names = new byte[columns.length][];
                before[i] = text(new JsonBuffer()
                        .raw(i == 0 ? "{" : ",")
                        .string(member.name)
                        .raw(":"));
                bytes += before[i].length + JsonBuffer.LONGEST_NUMBER + 2;
                for (int k = 0; k < columns.length; k++) {
                    columns[k] = header.requireIndexOf(member.columns.get(k));
                    names[k] = text(new JsonBuffer().string(member.columns.get(k)));
                    bytes += Math.max(names[k].length, MemberWriter.NULL.length) + 3;
                    written[columns[k]]++;
                }
                writers[i] = writer(member, columns, names, nulls);
            }
            this.fixedBytes = bytes;
            this.uses = most(written);
        }

        private MemberWriter writer(Member member, int[] columns, byte[][] names, NullWords nulls) {
            String column = member.columns.get(0);
            return switch (member.kind) {
                case TEXT -> new MemberWriter.Text(columns[0], nulls, member.required ? column : null);
                case INTEGER, DECIMAL ->
                    new MemberWriter.Numeric(columns[0], column, nulls, member.kind == Kind.DECIMAL, member.required);
                case KEY -> new MemberWriter.Key(columns[0], Objects.requireNonNull(key, "key"));
                case PRESENT -> new MemberWriter.Present(columns, names, nulls);
                case VALUES -> new MemberWriter.Values(columns, nulls);
            };
        }

        private static int most(int[] counts) {
            int most = 0;
            for (int count : counts) {
                most = Math.max(most, count);
            }
            return most;
        }

        private static byte[] text(JsonBuffer buffer) {
            return buffer.copy(0, buffer.length());
        }

        void encode(CsvRow row, JsonBuffer out) {
            int room = Math.addExact(fixedBytes, Math.multiplyExact(uses, row.sizeBytes()));
            out.reserve(room);
            for (int i = 0; i < writers.length; i++) {
                out.put(before[i]);
                if (writers[i].write(row, out, room)) {
                    throw writers[i].missing();
                }
            }
            out.put('}');
        }
    }

    /** Declares the members, in order. Confined to one thread. */
    public static final class Builder {
        private final List<Member> members = new ArrayList<>();
        private final List<String> nulls = new ArrayList<>();
        private @Nullable KeyColumn key;

        private Builder() {}

        /**
         * Words that stand for null in this mapping, whatever their case; by default those of {@link CsvParser#nulls}.
         *
         * @throws IllegalArgumentException if one is empty or holds anything but printable ASCII without blanks
         */
        public Builder nulls(String... words) {
            NullWords unused = NullWords.of(words);
            nulls.addAll(List.of(words));
            return this;
        }

        /** Columns that become strings, each under its own name. */
        public Builder text(String... columns) {
            return each(Kind.TEXT, columns);
        }

        /** Columns that become whole numbers, of the range of a {@code long}, each under its own name. */
        public Builder integer(String... columns) {
            return each(Kind.INTEGER, columns);
        }

        /** Columns that become decimal numbers, within the range of a {@code double}, each under its own name. */
        public Builder decimal(String... columns) {
            return each(Kind.DECIMAL, columns);
        }

        /**
         * A column of school keys that becomes the number the cache has for the key; there may be one.
         *
         * @throws IllegalArgumentException if there is one already
         */
        public Builder key(String column, CCTsCache cache) {
            if (key != null) {
                throw new IllegalArgumentException("key was set to column " + key.name() + " but it may be set once");
            }
            key = new KeyColumn(column, Objects.requireNonNull(cache, "cache"));
            return each(Kind.KEY, column);
        }

        /** A group of columns that becomes an array: the names of those that hold something. */
        public Builder present(String member, String... columns) {
            return add(new Member(Kind.PRESENT, member, List.of(columns), false));
        }

        /** A group of columns that becomes an array: the texts of those that hold something. */
        public Builder values(String member, String... columns) {
            return add(new Member(Kind.VALUES, member, List.of(columns), false));
        }

        /**
         * Gives the last member another name.
         *
         * @throws IllegalStateException if no member was declared yet
         */
        public Builder as(String member) {
            Member last = takeLast();
            return add(new Member(last.kind, member, last.columns, last.required));
        }

        /**
         * Rejects rows in which the last member would be null.
         *
         * @throws IllegalStateException if no member was declared yet, or the last one is an array, which never is null
         */
        public Builder required() {
            Member last = takeLast();
            if (last.kind == Kind.PRESENT || last.kind == Kind.VALUES) {
                throw new IllegalStateException(
                        "member " + last.name + " is an array and never null; require a column");
            }
            return add(new Member(last.kind, last.name, last.columns, true));
        }

        private Member takeLast() {
            if (members.isEmpty()) {
                throw new IllegalStateException("no member was declared yet; declare one first");
            }
            return members.remove(members.size() - 1);
        }

        private Builder each(Kind kind, String... columns) {
            if (columns.length == 0) {
                throw new IllegalArgumentException("columns was empty but at least one must be named");
            }
            for (String column : columns) {
                add(new Member(kind, column, List.of(column), false));
            }
            return this;
        }

        private Builder add(Member member) {
            if (member.columns.isEmpty()) {
                throw new IllegalArgumentException("member " + member.name + " has no columns; name at least one");
            }
            members.add(member);
            return this;
        }

        /**
         * The mapping.
         *
         * @throws IllegalArgumentException if it has no members, or two of the same name
         */
        public JsonMapping build() {
            if (members.isEmpty()) {
                throw new IllegalArgumentException("the mapping has no members; declare at least one");
            }
            Set<String> names = new HashSet<>();
            for (Member member : members) {
                if (!names.add(member.name)) {
                    throw new IllegalArgumentException(
                            "member " + member.name + " was declared twice; give one another name, by as()");
                }
            }
            return new JsonMapping(this);
        }
    }
}
