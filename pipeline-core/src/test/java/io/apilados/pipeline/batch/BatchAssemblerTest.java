// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.enrich.JsonBuffer;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.source.SourcePosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches, and what forms them, against plain lists of records. */
class BatchAssemblerTest {

    private static final String FINGERPRINT = "0123456789abcdef";

    @Test
    void batchesAreWhatPlainListsSay() throws IOException {
        for (int seed = 0; seed < 80; seed++) {
            play(seed);
        }
    }

    @Test
    @Tag("slow")
    void batchesAreWhatPlainListsSayInManyGames() throws IOException {
        for (int seed = 1_000; seed < 2_000; seed++) {
            play(seed);
        }
    }

    private static void play(int seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        if (random.nextBoolean()) {
            new Game<>(seed, random, true, JsonRecord::asText, JsonRecord.class).play();
        } else {
            new Game<>(seed, random, false, text -> text, String.class).play();
        }
    }

    /** A record, as it was put in. */
    private record Member(String text, byte[] raw, long offset, long number, long line) {}

    /** Gives text of a record. */
    private interface TextOf<T> {
        String of(T record);
    }

    /** A batch that is out, and what it must hold. */
    private record Out<T>(Batch<T> batch, List<Member> members) {}

    private static final class Game<T> {
        private final int seed;
        private final SplittableRandom random;
        private final boolean encoded;
        private final boolean reused;
        private final boolean ownKeys;
        private final boolean ownBytes;
        private final TextOf<T> textOf;
        private final Class<T> type;
        private final BatchAssembler<T> assembler;
        private final Gathered<T> elsewhere;
        private final List<Out<T>> out = new ArrayList<>();
        private final Map<List<Long>, String> keys = new HashMap<>();
        private final Map<String, List<Long>> membersOfKeys = new HashMap<>();
        private final Map<List<Long>, Long> hashesOfMembers = new HashMap<>();
        private final Map<Long, List<Long>> membersOfHashes = new HashMap<>();

        private List<Member> gathered = new ArrayList<>();
        private BatchLimit limit = new BatchLimit(1, 1);
        private long bytes;
        private long offset;

        /** Where the record begins that is to begin a batch. */
        private long begun;

        Game(int seed, SplittableRandom random, boolean encoded, TextOf<T> textOf, Class<T> type) {
            this.seed = seed;
            this.random = random;
            this.encoded = encoded;
            this.textOf = textOf;
            this.type = type;
            this.elsewhere = new Gathered<>(encoded);
            this.reused = random.nextBoolean();
            this.ownKeys = random.nextInt(3) == 0;
            this.ownBytes = random.nextInt(3) == 0;
            RecordKeys<T> recordKeys =
                    RecordKeys.of(record -> "k" + textOf.of(record).length() + textOf.of(record));
            RecordBytes<T> recordBytes = (record, raw) -> 2L * textOf.of(record).length() + raw.length;
            this.assembler = new BatchAssembler<>(
                    BatchSizing.fixed(10),
                    this::limitFrom,
                    FINGERPRINT,
                    ownKeys ? recordKeys : RecordKeys.byPosition(),
                    ownBytes ? recordBytes : RecordBytes.ofDefaults(),
                    encoded,
                    reused);
        }

        private BatchLimit limitFrom(SourcePosition first, BatchLimit wanted) {
            assertThat(first.byteOffset()).isEqualTo(begun);
            assertThat(wanted.records()).isEqualTo(10);
            int records = random.nextInt(3) == 0 ? 200 : 1 + random.nextInt(20);
            limit = new BatchLimit(records, random.nextBoolean() ? Long.MAX_VALUE : 1 + random.nextInt(2_000));
            return limit;
        }

        private long weight(Member member) {
            if (ownBytes) {
                return 2L * member.text.length() + member.raw.length;
            }
            return encoded ? member.text.getBytes(StandardCharsets.UTF_8).length + 1L : member.raw.length;
        }

        private Member next(long number) {
            offset += 1 + random.nextInt(random.nextInt(10) == 0 ? Integer.MAX_VALUE : 300);
            return new Member(text(number), raw(), offset, number, number + 1);
        }

        void play() throws IOException {
            for (long number = 1; number <= 400; number++) {
                if (random.nextInt(6) == 0) {
                    number = keepSomeOfElsewhere(number);
                    continue;
                }
                Member member = next(number);
                take(member);
                switch (random.nextInt(8)) {
                    case 0 -> cutWithOneInHand();
                    case 1 -> {
                        // It is not kept: the next one takes its place, whatever happens in between.
                        if (random.nextBoolean()) {
                            cutWithOneInHand();
                        }
                        continue;
                    }
                    default -> {}
                }
                keep(member);
                if (random.nextInt(20) == 0 && !gathered.isEmpty()) {
                    takeBatch();
                }
                if (random.nextInt(3) == 0) {
                    settleOne();
                }
            }
            while (!out.isEmpty()) {
                settleOne();
            }
        }

        /**
         * Records that were gathered elsewhere, between some that have come to their end there: first as many as go into the batch
         * together, then the others by themselves.
         *
         * @return the number of the last one
         */
        private long keepSomeOfElsewhere(long number) throws IOException {
            elsewhere.clear();
            elsewhere.reserve(random.nextInt(1_000), random.nextInt(1_000));
            int first = gatherOthers(number);
            List<Member> members = new ArrayList<>();
            for (int i = random.nextInt(30); i >= 0; i--) {
                Member member = next(number + members.size());
                members.add(member);
                putElsewhere(member.text, member.raw);
                elsewhere.keep(member.offset, member.number, member.line);
            }
            gatherOthers(number + members.size());
            int expected = alike(members);
            int kept = assembler.keepAlike(elsewhere, first, first + members.size());
            assertThat(kept).as("kept in game %d", seed).isEqualTo(expected);
            for (Member member : members.subList(0, kept)) {
                add(member);
            }
            if (kept > 0) {
                takeIfFull();
            }
            for (Member member : members.subList(kept, members.size())) {
                take(member);
                keep(member);
            }
            return number + members.size() - 1;
        }

        /** How many would be kept one after the other before one that begins a batch, or makes it full by its bytes. */
        private int alike(List<Member> members) {
            int count = 0;
            long sum = bytes;
            for (Member member : members) {
                sum += weight(member);
                if (ownBytes
                        || gathered.isEmpty()
                        || gathered.size() + count == limit.records()
                        || sum >= limit.bytes()) {
                    return count;
                }
                count++;
            }
            return count;
        }

        /** Gathers a few that have no place in a batch, and one that is not kept; returns how many are there then. */
        private int gatherOthers(long number) {
            for (int i = random.nextInt(3); i > 0; i--) {
                if (random.nextBoolean()) {
                    putElsewhere("half a rec", new byte[] {'h'});
                }
                elsewhere.keepNothing(offset, number, number);
            }
            if (random.nextBoolean()) {
                putElsewhere("dropped", new byte[] {'d', 'r'});
            }
            return elsewhere.count();
        }

        private void putElsewhere(String text, byte[] raw) {
            if (encoded) {
                elsewhere.encode().write(text.getBytes(StandardCharsets.UTF_8));
            } else {
                elsewhere.hold(type.cast(text));
            }
            elsewhere.rawCsv().write(raw);
        }

        private void cutWithOneInHand() throws IOException {
            if (!gathered.isEmpty()) {
                takeBatch();
            }
        }

        /** Takes it in hand; now and then something else before it, whole or half. */
        private void take(Member member) throws IOException {
            if (random.nextInt(10) == 0) {
                put("not \"wanted", new byte[] {'n', 'o'});
            }
            put(member.text, member.raw);
            assertThat(assembler.count()).as("in game %d", seed).isEqualTo(gathered.size());
            assertThat(assembler.fits())
                    .as("fits in game %d", seed)
                    .isEqualTo(!gathered.isEmpty() && bytes + weight(member) <= limit.bytes());
        }

        private void put(String text, byte[] raw) {
            if (encoded) {
                JsonBuffer json = assembler.encode();
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                int half = random.nextInt(utf8.length + 1);
                json.write(utf8, 0, half);
                json.write(utf8, half, utf8.length - half);
            } else {
                assembler.hold(type.cast(text));
                assertThatThrownBy(assembler::encode).isInstanceOf(IllegalStateException.class);
            }
            assembler.rawCsv().write(raw);
        }

        private void keep(Member member) throws IOException {
            if (!assembler.fits()) {
                if (!gathered.isEmpty()) {
                    takeBatch();
                }
                begun = member.offset;
                assembler.begin(new SourcePosition(member.offset, member.number, member.line));
            }
            assembler.keep(member.offset, member.number, member.line);
            add(member);
            takeIfFull();
        }

        private void add(Member member) {
            gathered.add(member);
            bytes += weight(member);
        }

        private void takeIfFull() throws IOException {
            boolean full = gathered.size() >= limit.records() || bytes >= limit.bytes();
            assertThat(assembler.isFull()).as("full in game %d", seed).isEqualTo(full);
            if (full) {
                takeBatch();
            }
        }

        private void takeBatch() throws IOException {
            Batch<T> batch = assembler.take();
            assertThat(assembler.count()).isZero();
            assertThat(batch.bytes())
                    .as("bytes in game %d", seed)
                    .isEqualTo(gathered.stream().mapToLong(this::weight).sum());
            out.add(new Out<>(batch, gathered));
            gathered = new ArrayList<>();
            bytes = 0;
        }

        /** Batches come to their ends in any order; until then each is as it was, whatever has been gathered since. */
        private void settleOne() throws IOException {
            if (out.isEmpty()) {
                return;
            }
            Out<T> one = out.remove(random.nextInt(out.size()));
            check(one.batch, one.members, 2);
            List<T> before = List.copyOf(one.batch.records());
            Batch<T> part = one.batch.part(0, one.batch.size());
            Batch<T> selected =
                    one.batch.select(IntStream.range(0, one.batch.size()).toArray());
            List<T> view = one.batch.records();
            assembler.release(one.batch);
            assertThat(before.stream().map(textOf::of).toList()).isEqualTo(texts(one.members));
            if (reused) {
                assertGone(one.batch);
                assertGone(part);
                assertGone(selected);
                assertThatThrownBy(() -> view.get(0)).isInstanceOf(IllegalStateException.class);
            } else {
                check(one.batch, one.members, 0);
            }
        }

        private void assertGone(Batch<T> batch) {
            List<Consumer<Batch<T>>> looks = List.of(
                    gone -> gone.record(0),
                    gone -> gone.records().get(0),
                    gone -> gone.position(0),
                    gone -> gone.rawCsv(0),
                    gone -> gone.recordKey(0),
                    gone -> write(gone, ','),
                    gone -> write(gone, '\n'),
                    gone -> gone.part(0, 1).record(0),
                    gone -> gone.select(new int[] {0}).position(0));
            for (Consumer<Batch<T>> look : looks) {
                assertThatThrownBy(() -> look.accept(batch))
                        .as("in game %d", seed)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("the batch is settled and gone");
            }
        }

        private static byte[] write(Batch<?> batch, char separator) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                batch.writeJson(bytes, separator);
            } catch (IOException e) {
                throw new AssertionError("memory does not fail", e);
            }
            return bytes.toByteArray();
        }

        private void check(Batch<T> batch, List<Member> members, int depth) {
            String where = "game " + seed + ", from " + members.get(0).number;
            assertThat(batch.size()).as(where).isEqualTo(members.size());
            assertThat(batch.isJson()).isEqualTo(encoded);
            assertThat(batch.records().stream().map(textOf::of).toList())
                    .as(where)
                    .isEqualTo(texts(members));
            for (int i = 0; i < members.size(); i++) {
                Member member = members.get(i);
                assertThat(textOf.of(batch.record(i))).as(where).isEqualTo(member.text);
                assertThat(batch.position(i))
                        .as(where)
                        .isEqualTo(new SourcePosition(member.offset, member.number, member.line));
                assertThat(batch.rawCsv(i)).as(where).isEqualTo(member.raw);
                assertThat(batch.recordKey(i))
                        .isEqualTo(
                                ownKeys
                                        ? "k" + member.text.length() + member.text
                                        : FINGERPRINT + "-" + Long.toHexString(member.offset));
            }
            assertThat(batch.bytes())
                    .as(where)
                    .isEqualTo(members.stream().mapToLong(this::weight).sum());
            checkJson(batch, members, where);
            checkKey(batch, members, where);
            checkEdges(batch);
            if (depth > 0) {
                int from = random.nextInt(members.size());
                int to = from + 1 + random.nextInt(members.size() - from);
                check(batch.part(from, to), members.subList(from, to), depth - 1);
                int[] some = IntStream.range(0, members.size())
                        .filter(i -> random.nextBoolean())
                        .toArray();
                if (some.length > 0) {
                    check(
                            batch.select(some),
                            IntStream.of(some).mapToObj(members::get).toList(),
                            depth - 1);
                }
            }
        }

        private void checkJson(Batch<T> batch, List<Member> members, String where) {
            if (encoded) {
                for (char separator : new char[] {',', '\n'}) {
                    assertThat(write(batch, separator))
                            .as(where)
                            .asString(StandardCharsets.UTF_8)
                            .isEqualTo(texts(members).stream().collect(Collectors.joining(String.valueOf(separator))));
                }
            } else {
                assertThatThrownBy(() -> write(batch, ','))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("are objects");
            }
        }

        /** Batches of the same members have the same key and hash, however they were cut; others have others. */
        private void checkKey(Batch<T> batch, List<Member> members, String where) {
            assertThat(batch.key())
                    .as(where)
                    .isEqualTo(batch.key())
                    .matches(ownKeys ? "[0-9a-f]{32}" : ".+-[0-9a-f]{1,16}-[0-9a-f]{1,16}");
            List<Long> offsets = members.stream().map(Member::offset).toList();
            assertThat(membersOfHashes.computeIfAbsent(batch.members(), of -> offsets))
                    .as(where)
                    .isEqualTo(offsets);
            assertThat(hashesOfMembers.computeIfAbsent(offsets, of -> batch.members()))
                    .as(where)
                    .isEqualTo(batch.members());
            assertThat(keys.computeIfAbsent(offsets, of -> batch.key()))
                    .as(where)
                    .isEqualTo(batch.key());
            assertThat(membersOfKeys.computeIfAbsent(batch.key(), of -> offsets))
                    .as(where)
                    .isEqualTo(offsets);
        }

        private void checkEdges(Batch<T> batch) {
            int size = batch.size();
            assertThatThrownBy(() -> batch.record(size)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> batch.position(-1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> batch.rawCsv(size)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> batch.part(0, size + 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> batch.select(new int[] {size})).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatIllegalArgumentException().isThrownBy(() -> batch.part(1, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> batch.select(new int[0]));
        }

        private static List<String> texts(List<Member> members) {
            return members.stream().map(Member::text).toList();
        }

        private String text(long number) {
            int length = random.nextInt(15) == 0 ? random.nextInt(3_000) : random.nextInt(30);
            return "{\"" + number + "\":\"" + "ñx,".repeat(length) + "\"}";
        }

        private byte[] raw() {
            byte[] raw = new byte[random.nextInt(5) == 0 ? 0 : random.nextInt(200)];
            for (int i = 0; i < raw.length; i++) {
                raw[i] = (byte) random.nextInt();
            }
            return raw;
        }
    }

    private static <T> BatchAssembler<T> assembler(boolean encoded, boolean reused, long maxBytes) {
        return new BatchAssembler<>(
                BatchSizing.fixed(100).withMaxBytes(maxBytes),
                SizePlan.FREE,
                FINGERPRINT,
                RecordKeys.byPosition(),
                RecordBytes.ofDefaults(),
                encoded,
                reused);
    }

    private static void keep(BatchAssembler<?> assembler, long byteOffset, long recordNumber, long line) {
        if (assembler.count() == 0) {
            assembler.begin(new SourcePosition(byteOffset, recordNumber, line));
        }
        assembler.keep(byteOffset, recordNumber, line);
    }

    private static void encode(BatchAssembler<JsonRecord> assembler, String json, String raw) {
        assembler.encode().write(json.getBytes(StandardCharsets.UTF_8));
        assembler.rawCsv().write(raw.getBytes(StandardCharsets.UTF_8));
    }

    private static String json(Batch<?> batch) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        batch.writeJson(bytes, ',');
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void encodedRecordInHandMovesToTheNextBatchWhenItDoesNotFit(boolean reused) throws IOException {
        BatchAssembler<JsonRecord> assembler = assembler(true, reused, 20);
        encode(assembler, "{\"a\":1}", "1");
        keep(assembler, 10, 1, 2);
        encode(assembler, "{\"a\":2}", "2");
        assertThat(assembler.fits()).isTrue();
        keep(assembler, 20, 2, 3);
        encode(assembler, "{\"abc\":3}", "3");
        assertThat(assembler.fits()).isFalse();

        Batch<JsonRecord> first = assembler.take();
        keep(assembler, 30, 3, 4);
        Batch<JsonRecord> second = assembler.take();

        assertThat(json(first)).isEqualTo("{\"a\":1},{\"a\":2}");
        assertThat(json(second)).isEqualTo("{\"abc\":3}");
        assertThat(second.rawCsv(0)).asString(StandardCharsets.UTF_8).isEqualTo("3");
        assertThat(second.position(0)).isEqualTo(new SourcePosition(30, 3, 4));
        assertThat(first.bytes()).isEqualTo(16);
        assertThat(second.bytes()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void objectInHandMovesToTheNextBatchWhenItDoesNotFit(boolean reused) {
        BatchAssembler<String> assembler = assembler(false, reused, 4);
        for (String record : List.of("a", "b", "c")) {
            assembler.hold(record);
            assembler.rawCsv().write((record + record).getBytes(StandardCharsets.UTF_8));
            if (record.equals("c")) {
                break;
            }
            keep(assembler, 1, 1, 1);
        }
        assertThat(assembler.fits()).isFalse();

        Batch<String> first = assembler.take();
        keep(assembler, 30, 3, 4);
        Batch<String> second = assembler.take();

        assertThat(first.records()).containsExactly("a", "b");
        assertThat(second.records()).containsExactly("c");
        assertThat(second.rawCsv(0)).asString(StandardCharsets.UTF_8).isEqualTo("cc");
        assertThat(second.position(0)).isEqualTo(new SourcePosition(30, 3, 4));
    }

    @Test
    void aRecordThatIsTooLargeForAnyBatchIsTheOnlyOneOfItsOwn() throws IOException {
        BatchAssembler<JsonRecord> assembler = assembler(true, true, 20);
        encode(assembler, "{\"a\":1}", "1");
        keep(assembler, 10, 1, 2);
        String large = "{\"a\":\"" + "x".repeat(5_000) + "\"}";
        encode(assembler, large, "2");
        assertThat(assembler.fits()).isFalse();
        assertThat(json(assembler.take())).isEqualTo("{\"a\":1}");
        assertThat(assembler.fits()).isFalse();
        assembler.begin(new SourcePosition(20, 2, 3));
        assembler.keep(20, 2, 3);
        assertThat(assembler.isFull()).isTrue();
        assertThat(json(assembler.take())).isEqualTo(large);
    }

    @Test
    void whatAnEncoderWroteBeforeItThrewIsGone() throws IOException {
        BatchAssembler<JsonRecord> assembler = assembler(true, true, Long.MAX_VALUE);
        encode(assembler, "{\"half", "half");
        encode(assembler, "{\"a\":1}", "1");
        keep(assembler, 10, 1, 2);
        encode(assembler, "{\"half", "half");
        encode(assembler, "{\"a\":2}", "2");
        keep(assembler, 20, 2, 3);
        encode(assembler, "{\"half", "half");
        Batch<JsonRecord> first = assembler.take();
        encode(assembler, "{\"a\":3}", "3");
        keep(assembler, 30, 3, 4);
        Batch<JsonRecord> second = assembler.take();

        assertThat(json(first)).isEqualTo("{\"a\":1},{\"a\":2}");
        assertThat(first.rawCsv(1)).asString(StandardCharsets.UTF_8).isEqualTo("2");
        assertThat(json(second)).isEqualTo("{\"a\":3}");
        assertThat(second.rawCsv(0)).asString(StandardCharsets.UTF_8).isEqualTo("3");
    }

    @Test
    void objectsThatWereTakenOutStayWhenTheirBatchIsGone() {
        BatchAssembler<StringBuilder> assembler = assembler(false, true, Long.MAX_VALUE);
        StringBuilder record = new StringBuilder("a");
        assembler.hold(record);
        keep(assembler, 1, 1, 1);
        Batch<StringBuilder> batch = assembler.take();
        StringBuilder taken = batch.record(0);
        assembler.release(batch);
        assertThat(taken).isSameAs(record);
    }

    @Test
    void memoryIsUsedAgainAndNothingOfALaterBatchIsSeenInAnEarlierOne() throws IOException {
        BatchAssembler<JsonRecord> assembler = assembler(true, true, Long.MAX_VALUE);
        for (int i = 0; i < 1_000; i++) {
            encode(assembler, "{\"a\":" + i + "}", "raw" + i);
            keep(assembler, i, i + 1, i + 1);
            Batch<JsonRecord> batch = assembler.take();
            assertThat(json(batch)).isEqualTo("{\"a\":" + i + "}");
            Batch<JsonRecord> part = batch.part(0, 1);
            assembler.release(batch);
            encode(assembler, "{\"later\":" + i + "}", "later");
            assertThatThrownBy(() -> part.record(0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> batch.rawCsv(0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void keysAreThoseOfTheSameRecordsAsObjectsOrAsJson() {
        BatchAssembler<String> objects = assembler(false, false, Long.MAX_VALUE);
        BatchAssembler<JsonRecord> encoded = assembler(true, true, Long.MAX_VALUE);
        for (long offset : new long[] {0, 127, 128, 1L << 40, Long.MAX_VALUE}) {
            objects.hold("record");
            keep(objects, offset, 1, 1);
            encode(encoded, "{}", "");
            keep(encoded, offset, 1, 1);
        }
        assertThat(objects.take().key()).isEqualTo(encoded.take().key());
    }

    private static Batch<String> numbered(String fingerprint, RecordKeys<String> recordKeys, long first, int records) {
        BatchAssembler<String> assembler = new BatchAssembler<>(
                BatchSizing.fixed(100), SizePlan.FREE, fingerprint, recordKeys, RecordBytes.ofDefaults(), false, true);
        for (long offset = first; offset < first + records; offset++) {
            assembler.hold("record");
            keep(assembler, offset, offset + 1, offset + 1);
        }
        return assembler.take();
    }

    private static Batch<String> numbered(String fingerprint, long first, int records) {
        return numbered(fingerprint, RecordKeys.byPosition(), first, records);
    }

    @Test
    void noBatchOfOneSourceHasTheKeyOfABatchOfAnother() {
        Map<String, String> seen = new HashMap<>();
        for (String fingerprint : List.of("job-", "job-1", "job-11", "job-1\u0001")) {
            for (int first = 0; first < 150; first++) {
                for (int records = 1; records < 4; records++) {
                    String key = numbered(fingerprint, first, records).key();
                    assertThat(seen.put(key, fingerprint))
                            .as("of %s", fingerprint)
                            .isNull();
                }
            }
        }
    }

    @Test
    void aKeyThatCannotBeDerivedLeavesNothingBehindInThoseAfterIt() {
        RecordKeys<String> named = (fingerprint, position, record) -> "key " + position.byteOffset();
        String before = numbered(FINGERPRINT, named, 1, 3).key();
        assertThat(before).matches("[0-9a-f]{32}");
        RecordKeys<String> failing = (fingerprint, position, record) -> {
            if (position.byteOffset() == 3) {
                throw new IllegalStateException("no key");
            }
            return "key";
        };
        Batch<String> half = numbered(FINGERPRINT, failing, 1, 3);
        assertThatThrownBy(half::key).hasMessage("no key");
        assertThat(numbered(FINGERPRINT, named, 1, 3).key()).isEqualTo(before);

        Batch<String> gone = numbered(FINGERPRINT, 1, 3);
        gone.release();
        assertThatThrownBy(gone::key).isInstanceOf(IllegalStateException.class);
        assertThat(numbered(FINGERPRINT, named, 1, 3).key()).isEqualTo(before);
        assertThat(gone).hasToString("batch of 3, settled and gone");
    }

    @Test
    void aBatchThatIsTooLargeToBeUsedAgainIsGoneAllTheSame() {
        BatchAssembler<JsonRecord> assembler = assembler(true, true, Long.MAX_VALUE);
        encode(assembler, "{\"a\":\"" + "x".repeat(3 << 20) + "\"}", "");
        keep(assembler, 1, 1, 1);
        Batch<JsonRecord> batch = assembler.take();
        assembler.release(batch);
        assertThatThrownBy(() -> batch.record(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void everyChoiceOfMembersHasAKeyOfItsOwn() {
        BatchAssembler<String> assembler = assembler(false, false, Long.MAX_VALUE);
        for (int i = 0; i < 12; i++) {
            assembler.hold("record");
            keep(assembler, 1L << (5 * i), i + 1, 1);
        }
        Batch<String> batch = assembler.take();
        Map<String, Integer> seen = new HashMap<>();
        for (int members = 1; members < 1 << 12; members++) {
            int chosen = members;
            int[] some =
                    IntStream.range(0, 12).filter(i -> (chosen >> i & 1) == 1).toArray();
            assertThat(seen.put(batch.select(some).key(), members)).isNull();
        }
        assertThat(batch.part(3, 7).key())
                .isEqualTo(batch.select(new int[] {3, 4, 5, 6}).key());
    }
}
