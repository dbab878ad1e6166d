// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.apilados.pipeline.source.ByteArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class JsonBufferTest {

    private static byte[] bytes(JsonBuffer buffer) {
        return buffer.copy(0, buffer.length());
    }

    private static String text(JsonBuffer buffer) {
        return new String(bytes(buffer), StandardCharsets.UTF_8);
    }

    private static String written(String value) {
        return text(new JsonBuffer().string(value));
    }

    @Test
    void everyCharacterIsReadBackAsItIs() throws IOException {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                String value = Character.toString(c);
                assertThat(JsonTree.of(bytes(new JsonBuffer().string(value))))
                        .as("U+%04X", c)
                        .isEqualTo(value);
            }
        }
    }

    @Test
    void escapesWhatItMustAndNothingElse() {
        assertThat(written("a\"b\\c\n\r\t")).isEqualTo("\"a\\\"b\\\\c\\n\\r\\t\"");
        assertThat(written("\u0000\b\f\u001f")).isEqualTo("\"\\u0000\\u0008\\u000c\\u001f\"");
        assertThat(written("/<>&'\u007f\u2028é😀")).isEqualTo("\"/<>&'\u007f\u2028é😀\"");
        assertThat(written("")).isEqualTo("\"\"");
    }

    @Test
    void halfASurrogatePairBecomesAQuestionMarkAndNeverBrokenUtf8() throws IOException {
        assertThat(JsonTree.of(bytes(new JsonBuffer().string("a\ud800b")))).isEqualTo("a?b");
    }

    @Test
    void takesAnyCharSequence() {
        assertThat(text(new JsonBuffer().string(new StringBuilder("a\"b")))).isEqualTo("\"a\\\"b\"");
    }

    @Test
    void writesEveryWholeNumberAsJavaDoes() {
        List<Long> numbers = new ArrayList<>(List.of(0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE));
        for (long power = 1; power > 0 && power <= Long.MAX_VALUE / 10; power *= 10) {
            numbers.addAll(List.of(power - 1, power, power + 1, -power));
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 1_000; i++) {
            numbers.add(random.nextLong() >> random.nextInt(64));
        }
        for (long number : numbers) {
            assertThat(text(new JsonBuffer().number(number))).isEqualTo(Long.toString(number));
        }
    }

    @Test
    void whatIsWrittenInManyPiecesReadsAsJacksonsOwn() throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 500; i++) {
            JsonBuffer ours = new JsonBuffer().raw("[");
            ByteArrayOutputStream theirs = new ByteArrayOutputStream();
            try (JsonGenerator generator = new JsonFactory().createGenerator(theirs)) {
                generator.writeStartArray();
                int elements = 1 + random.nextInt(30);
                for (int k = 0; k < elements; k++) {
                    ours.raw(k == 0 ? "" : ",");
                    if (random.nextInt(4) == 0) {
                        long number = random.nextLong() >> random.nextInt(64);
                        ours.number(number);
                        generator.writeNumber(new BigDecimal(number));
                    } else {
                        String value = random(random);
                        ours.string(value);
                        generator.writeString(value);
                    }
                }
                generator.writeEndArray();
            }
            ours.raw("]");
            assertThat(JsonTree.of(bytes(ours))).isEqualTo(JsonTree.of(theirs.toByteArray()));
        }
    }

    /** Some have nothing but characters that take most room. */
    private static String random(SplittableRandom random) {
        String alphabet = random.nextInt(3) == 0 ? "\u0000\u0001\u001f" : "abc \"\\\n\r\té€中/";
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(4) == 0 ? random.nextInt(1_000) : random.nextInt(20);
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return random.nextInt(5) == 0 ? text + "😀" : text.toString();
    }

    @Test
    void isAStreamThatGrowsAndIsUsedAgain() throws IOException {
        ByteArray array = new ByteArray();
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        for (int i = 0; i < 3_000; i++) {
            byte[] some = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
            array.write('-');
            array.write(some);
            array.write(some, 1, some.length - 1);
            plain.write('-');
            plain.write(some);
            plain.write(some, 1, some.length - 1);
        }
        assertThat(array.copy(0, array.length())).isEqualTo(plain.toByteArray());
        ByteArrayOutputStream middle = new ByteArrayOutputStream();
        array.writeTo(middle, 10, 20);
        assertThat(middle.toByteArray()).isEqualTo(array.copy(10, 20));

        ByteArray other = new ByteArray();
        other.write(array, 5, 4_000);
        assertThat(other.copy(0, other.length())).isEqualTo(array.copy(5, 4_000));
        other.write(other, 0, other.length());
        assertThat(other.copy(3_995, 7_990)).isEqualTo(array.copy(5, 4_000));

        int capacity = array.capacity();
        array.truncate(3);
        array.write('x');
        assertThat(array.copy(0, array.length()))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("-0-x");
        assertThat(array.capacity()).isEqualTo(capacity);
    }

    @Test
    void givesNothingBeyondWhatWasWritten() {
        ByteArray array = new ByteArray();
        array.write(new byte[] {1, 2, 3});
        array.truncate(2);
        assertThatThrownBy(() -> array.copy(0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> array.truncate(3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> array.truncate(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> array.writeTo(new ByteArrayOutputStream(), 0, 3))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new ByteArray().write(array, 1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(array).hasToString("2 bytes");
    }
}
