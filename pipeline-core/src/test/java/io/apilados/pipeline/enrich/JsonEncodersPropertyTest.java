// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.parse.CsvDialect;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RecordReader.Step;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.testing.TextSource;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What encoders write from the bytes of random rows, in random dialects and charsets, is what a plain program makes of
 * their texts.
 */
@Tag("once")
class JsonEncodersPropertyTest {

    private static final List<Charset> CHARSETS =
            List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1, Charset.forName("windows-1252"));
    private static final String DELIMITERS = ",;|\t\\";
    private static final String QUOTES = "\"'~\\\t";
    private static final List<String> NULLS = List.of("NA", "n/a", "-", "Sin_Dato", "x");
    private static final CCTsCache SCHOOLS = CCTsCache.preloaded(CCTsCatalog.builder()
            .put("01DPR0001V", Integer.MAX_VALUE)
            .put("ñ", 5)
            .put("0", 0)
            .build());

    /** How many records a run went over, to be sure that it did. */
    private int records;

    private int rejected;

    @Test
    void mappingsWriteWhatAPlainProgramDoes() throws IOException {
        for (int seed = 0; seed < 400; seed++) {
            mapping(seed);
        }
        assertThat(records).isGreaterThan(2_000);
        assertThat(rejected).isBetween(records / 20, records * 9 / 10);
    }

    @Test
    @Tag("slow")
    void mappingsWriteWhatAPlainProgramDoesInManyFiles() throws IOException {
        for (int seed = 1_000; seed < 11_000; seed++) {
            mapping(seed);
        }
    }

    @Test
    void theEnricherOfKeysWritesWhatAPlainProgramDoes() throws IOException {
        for (int seed = 0; seed < 400; seed++) {
            enricher(seed);
        }
        assertThat(records).isGreaterThan(2_000);
        assertThat(rejected).isBetween(records / 20, records * 9 / 10);
    }

    private void mapping(int seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        RandomFile file = new RandomFile(random);
        Declared declared = new Declared(random, file.columns);
        check(seed, file, declared.mapping(), declared::expected);
    }

    private void enricher(int seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        RandomFile file = new RandomFile(random);
        String key = file.columns.get(random.nextInt(file.columns.size()));
        String id = file.columns.get(random.nextInt(file.columns.size()));
        boolean requiringId = random.nextInt(3) == 0;
        String member = random.nextBoolean() ? CCTsEnricher.DEFAULT_MEMBER : file.columns.get(0);
        CCTsEnricher plain = CCTsEnricher.lookingUp(key, SCHOOLS).addingAs(member);
        check(seed, file, requiringId ? plain.requiringId(id) : plain, row -> {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            if (requiringId && isBlank(row.text(id))) {
                return "missing-id";
            }
            Set<String> names = new HashSet<>(Set.of(member));
            for (int i = 0; i < row.header().size(); i++) {
                String name = row.header().names().get(i);
                String unused = name;
                for (int k = 2; !names.add(unused); k++) {
                    unused = name + "_" + k;
                }
                object.put(unused, row.text(i));
            }
            int school = SCHOOLS.idOf(row.text(key));
            object.put(member, new BigDecimal(school));
            return school != CCTsCache.ABSENT ? object : isBlank(row.text(key)) ? "missing-key" : "unknown-key";
        });
    }

    private static boolean isBlank(String text) {
        return Blanks.start(text) == text.length();
    }

    /**
     * Each record into a buffer of its own, where no room is left over from others, and all into one, as in a batch.
     *
     * @param expected the object, or the code with which the row is rejected
     */
    private void check(int seed, RandomFile file, JsonEncoder<CsvRow> encoder, Function<CsvRow, Object> expected)
            throws IOException {
        TextSource source = new TextSource(file.bytes);
        JsonBuffer together = new JsonBuffer();
        List<Map<String, @Nullable Object>> all = new ArrayList<>();
        together.raw("[");
        try (RecordReader<CsvRow> reader = file.parser.open(source, source.version(), SourcePosition.START)) {
            for (Step step = reader.advance(); step != Step.END; step = reader.advance()) {
                if (step == Step.RECORD) {
                    records++;
                    check(seed, reader.record(), encoder, expected.apply(reader.record()), together, all);
                }
            }
        }
        together.raw("]");
        assertThat(JsonTree.of(together.copy(0, together.length())))
                .as("all of file %d", seed)
                .isEqualTo(all);
    }

    private void check(
            int seed,
            CsvRow row,
            JsonEncoder<CsvRow> encoder,
            Object expected,
            JsonBuffer together,
            List<Map<String, @Nullable Object>> all)
            throws IOException {
        String where =
                "file " + seed + ", " + row.position() + " of " + row.header().names();
        Object own;
        try {
            JsonBuffer alone = new JsonBuffer();
            encoder.encode(row, alone);
            own = JsonTree.object(alone.copy(0, alone.length()));
        } catch (RejectedRecordException e) {
            own = e.code();
        }
        assertThat(own).as(where).isEqualTo(expected);
        if (own instanceof String) {
            rejected++;
        } else {
            assertThat(((Map<?, ?>) own).keySet().toString())
                    .as("order of %s", where)
                    .isEqualTo(((Map<?, ?>) expected).keySet().toString());
        }
        int before = together.length();
        try {
            together.raw(all.isEmpty() ? "" : ",");
            int from = together.length();
            encoder.encode(row, together);
            all.add(JsonTree.object(together.copy(from, together.length())));
        } catch (RejectedRecordException e) {
            together.truncate(before);
        }
    }

    /** A mapping, and the plain program for the same. */
    private static final class Declared {
        private enum Kind {
            TEXT,
            INTEGER,
            DECIMAL,
            KEY,
            PRESENT,
            VALUES
        }

        private record Member(Kind kind, String name, List<String> columns, boolean required) {}

        private final List<Member> members = new ArrayList<>();
        private final List<String> nulls;

        Declared(SplittableRandom random, List<String> columns) {
            nulls = random.nextInt(3) == 0 ? List.of() : NULLS.subList(0, 1 + random.nextInt(NULLS.size()));
            List<String> left = new ArrayList<>(new HashSet<>(columns));
            left.sort(null);
            boolean hasKey = false;
            while (!left.isEmpty() && (members.isEmpty() || random.nextInt(8) > 0)) {
                Kind kind = random.nextInt(3) > 0 ? Kind.TEXT : Kind.values()[random.nextInt(Kind.values().length)];
                if (kind == Kind.KEY && hasKey) {
                    continue;
                }
                hasKey |= kind == Kind.KEY;
                boolean group = kind == Kind.PRESENT || kind == Kind.VALUES;
                List<String> of = new ArrayList<>();
                for (int i = group ? 1 + random.nextInt(4) : 1; i > 0 && !left.isEmpty(); i--) {
                    of.add(left.get(random.nextInt(left.size())));
                    if (random.nextInt(3) > 0) {
                        left.remove(of.get(of.size() - 1));
                    }
                }
                String own = of.get(0);
                boolean taken = members.stream().anyMatch(member -> member.name.equals(own));
                String name = group || taken || random.nextInt(3) == 0 ? "m\"" + members.size() : own;
                members.add(new Member(kind, name, of, !group && kind != Kind.KEY && random.nextInt(6) == 0));
            }
        }

        JsonMapping mapping() {
            JsonMapping.Builder builder = JsonMapping.builder().nulls(nulls.toArray(String[]::new));
            for (Member member : members) {
                String[] columns = member.columns.toArray(String[]::new);
                switch (member.kind) {
                    case TEXT -> builder.text(columns);
                    case INTEGER -> builder.integer(columns);
                    case DECIMAL -> builder.decimal(columns);
                    case KEY -> builder.key(columns[0], SCHOOLS);
                    case PRESENT -> builder.present(member.name, columns);
                    case VALUES -> builder.values(member.name, columns);
                }
                if (member.kind != Kind.PRESENT && member.kind != Kind.VALUES) {
                    builder.as(member.name);
                }
                if (member.required) {
                    builder.required();
                }
            }
            return builder.build();
        }

        Object expected(CsvRow row) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            for (Member member : members) {
                List<String> held = member.columns.stream()
                        .filter(column -> !isNull(row.text(column)))
                        .toList();
                String text = row.text(member.columns.get(0));
                if (member.kind == Kind.KEY) {
                    int id = SCHOOLS.idOf(text);
                    if (id == CCTsCache.ABSENT) {
                        return isBlank(text) ? "missing-key" : "unknown-key";
                    }
                    object.put(member.name, new BigDecimal(id));
                } else if (member.kind == Kind.PRESENT) {
                    object.put(member.name, held);
                } else if (member.kind == Kind.VALUES) {
                    object.put(member.name, held.stream().map(row::text).toList());
                } else if (held.isEmpty()) {
                    if (member.required) {
                        return "missing-value";
                    }
                    object.put(member.name, null);
                } else if (member.kind == Kind.TEXT) {
                    object.put(member.name, text);
                } else {
                    BigDecimal number = number(text, member.kind == Kind.INTEGER);
                    if (number == null) {
                        return member.kind == Kind.INTEGER ? "bad-integer" : "bad-decimal";
                    }
                    object.put(member.name, number);
                }
            }
            return object;
        }

        private boolean isNull(String text) {
            return text.isEmpty() || nulls.stream().anyMatch(word -> lower(word).equals(lower(text)));
        }

        /** In ASCII alone: the Kelvin sign is no k. */
        private static String lower(String text) {
            return text.chars().allMatch(c -> c < 0x80) ? text.toLowerCase(Locale.ROOT) : text;
        }

        private static @Nullable BigDecimal number(String text, boolean whole) {
            String stripped = text.strip();
            String form = whole ? "[-+]?[0-9]+" : "[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?";
            if (!stripped.matches(form)) {
                return null;
            }
            BigDecimal number = new BigDecimal(stripped);
            boolean fits = !whole
                    || (number.compareTo(new BigDecimal(Long.MAX_VALUE)) <= 0
                            && number.compareTo(new BigDecimal(Long.MIN_VALUE)) >= 0);
            return fits ? number : null;
        }
    }

    /** A file in a random dialect and charset. */
    private static final class RandomFile {
        private final SplittableRandom random;
        private final Charset charset;
        private final CsvDialect dialect;
        final CsvParser parser;
        final List<String> columns = new ArrayList<>();
        final byte[] bytes;

        RandomFile(SplittableRandom random) {
            this.random = random;
            this.charset = CHARSETS.get(random.nextInt(CHARSETS.size()));
            this.dialect = dialect(random);
            int width = 1 + random.nextInt(12);
            for (int i = 0; i < width; i++) {
                columns.add("c" + (random.nextInt(20) == 0 ? 0 : i) + (random.nextInt(4) == 0 ? "\"ñ" : ""));
            }
            this.parser = CsvParser.withColumns(columns).dialect(dialect).charset(charset);
            StringBuilder csv = new StringBuilder();
            int rows = random.nextInt(20);
            for (int row = 0; row < rows; row++) {
                boolean hard = random.nextInt(5) == 0;
                for (int i = 0; i < width; i++) {
                    csv.append(i == 0 ? "" : dialect.delimiter()).append(field(hard));
                }
                csv.append(random.nextInt(5) == 0 ? "\r\n" : "\n");
            }
            this.bytes = csv.toString().getBytes(charset);
        }

        private static CsvDialect dialect(SplittableRandom random) {
            while (true) {
                char delimiter = random.nextInt(3) > 0 ? ',' : DELIMITERS.charAt(random.nextInt(DELIMITERS.length()));
                Character quote = random.nextInt(3) > 0 ? '"' : QUOTES.charAt(random.nextInt(QUOTES.length()));
                try {
                    CsvDialect dialect = CsvDialect.RFC_4180.withQuote(null).withDelimiter(delimiter);
                    dialect = random.nextInt(10) == 0 ? dialect : dialect.withQuote(quote);
                    return random.nextInt(5) > 0 ? dialect : dialect.withEscape(random.nextBoolean() ? '\\' : '!');
                } catch (IllegalArgumentException e) {
                    // Two of the three are one character; another try.
                }
            }
        }

        /** A field as it stands in the file; in a hard row it has nothing but characters that JSON escapes. */
        private String field(boolean hard) {
            String value = encodable(hard ? text("\"\\\n\r\t\u0001\u001f\u0000'~") : value());
            Character quote = dialect.quote();
            Character escape = dialect.escape();
            boolean mustQuote = value.chars().anyMatch(c -> c == '\n' || c == '\r' || c == dialect.delimiter())
                    || (quote != null && value.indexOf(quote) >= 0);
            if (quote == null || (!mustQuote && random.nextInt(3) > 0)) {
                return value.replaceAll("[\n\r]", "").replace(String.valueOf(dialect.delimiter()), "");
            }
            if (escape == null) {
                return quote + value.replace(String.valueOf(quote), "" + quote + quote) + quote;
            }
            String escaped = value.replace(String.valueOf(escape), "" + escape + escape)
                    .replace(String.valueOf(quote), "" + escape + quote);
            return quote + escaped + quote;
        }

        private String encodable(String value) {
            StringBuilder kept = new StringBuilder();
            value.codePoints()
                    .filter(c -> charset.newEncoder().canEncode(Character.toString(c)))
                    .forEach(kept::appendCodePoint);
            return kept.toString();
        }

        private String value() {
            return switch (random.nextInt(12)) {
                case 0 -> "";
                case 1, 2 -> random.nextInt(4) > 0 ? "01DPR0001V" : " ñ";
                case 3 -> anyCase(NULLS.get(random.nextInt(NULLS.size())));
                case 4, 5, 6 -> number();
                case 7 -> text("ñéÑ€“中😀\"x");
                case 8 -> text(" \t\u00a0");
                case 9 -> text("\"\\\n\u0000\u001fa");
                default -> text("abcdefgh ,;'");
            };
        }

        private String anyCase(String word) {
            return random.nextBoolean() ? word.toLowerCase(Locale.ROOT) : word.toUpperCase(Locale.ROOT);
        }

        private String number() {
            String digits = Long.toString(random.nextLong() >>> random.nextInt(64));
            return switch (random.nextInt(10)) {
                case 0 -> " " + digits + " ";
                case 1 -> "+" + digits;
                case 2 -> "00" + digits;
                case 3 -> "." + digits;
                case 4 -> digits + ".";
                case 5 -> "-" + digits + "." + digits;
                case 6 -> digits + "e-" + random.nextInt(300);
                case 7 -> digits + digits;
                default -> digits;
            };
        }

        private String text(String alphabet) {
            int[] characters = alphabet.codePoints().toArray();
            int length = random.nextInt(6) == 0 ? random.nextInt(3_000) : random.nextInt(12);
            int[] text = new int[length];
            Arrays.setAll(text, i -> characters[random.nextInt(characters.length)]);
            return new String(text, 0, length);
        }
    }
}
