// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.deliver.RecordOutcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonItemOutcomesTest {

    private static final List<String> THREE = List.of("a", "b", "c");

    @Test
    void statusesInOrderSayWhatBecameOfEach() throws IOException {
        assertThat(read(
                        ItemOutcomes.statusesInOrder("/results", "/status"),
                        "{\"took\":1,\"x\":{\"results\":[]},\"results\":[{\"status\":201,\"id\":[1,{\"status\":9}]},"
                                + "{\"status\":\"422\"},{\"status\":429}],\"more\":[1]}"))
                .containsExactly(
                        RecordOutcome.delivered(),
                        RecordOutcome.rejected("item-422", "the API refused this record of the batch"),
                        RecordOutcome.retry("item-429"));
    }

    @Test
    void errorsByIndexLeaveTheOthersDelivered() throws IOException {
        ItemOutcomes<String> reader = ItemOutcomes.errorsByIndex("/errors", "/index");

        assertThat(read(reader, "{\"errors\":[{\"index\":2,\"message\":\"no\"},{\"index\":2}]}"))
                .containsExactly(
                        RecordOutcome.delivered(),
                        RecordOutcome.delivered(),
                        RecordOutcome.rejected("item-refused", "the API refused this record of the batch"));
        for (String none : List.of("{\"errors\":[]}", "{\"errors\":null}", "{\"ok\":true}")) {
            assertThat(read(reader, none)).hasSize(3).containsOnly(RecordOutcome.delivered());
        }
    }

    @Test
    void bulkItemsAreReadWhateverTheActionWas() throws IOException {
        assertThat(read(
                        ItemOutcomes.bulkItems(),
                        "{\"errors\":true,\"items\":[{\"index\":{\"_id\":\"1\",\"status\":201}},"
                                + "{\"create\":{\"status\":409,\"error\":{\"type\":\"version_conflict_engine_exception\","
                                + "\"reason\":\"planted\"}}},{\"index\":{\"status\":503}}]}"))
                .containsExactly(
                        RecordOutcome.delivered(),
                        RecordOutcome.rejected(
                                "version_conflict_engine_exception", "the API refused this record of the batch"),
                        RecordOutcome.retry("item-503"));
    }

    @Test
    void itemsMatchByIdInWhateverOrder() throws IOException {
        ItemOutcomes<String> reader = ItemOutcomes.<String>items("")
                .id("/id", record -> record)
                .ok("/ok")
                .code("/code")
                .build();

        assertThat(read(
                        reader,
                        "[{\"id\":\"c\",\"ok\":false,\"code\":\"E.7\"},{\"id\":\"a\",\"ok\":true},"
                                + "{\"ok\":true,\"id\":\"b\"}]"))
                .extracting(one -> one instanceof RecordOutcome.Rejected bad ? bad.code() : "fine")
                .containsExactly("fine", "fine", "E.7");
        assertMisfit(reader, "[{\"id\":\"c\",\"ok\":true},{\"id\":\"a\",\"ok\":true},{\"id\":\"z\",\"ok\":true}]");
    }

    @Test
    void presenceOfAnErrorRejects() throws IOException {
        ItemOutcomes<String> reader =
                ItemOutcomes.<String>items("/data/0/rows").error("/error").build();

        assertThat(read(reader, "{\"data\":[{\"rows\":[{\"error\":null},{},{\"error\":{\"a\":1}}]}]}"))
                .extracting(one -> one.getClass().getSimpleName())
                .containsExactly("Delivered", "Delivered", "Rejected");
    }

    @Test
    void statusThatMeansAlreadyThereCountsAsDelivered() throws IOException {
        ItemOutcomes<String> reader =
                ItemOutcomes.<String>items("").status("/s").alsoDelivered(409).build();

        assertThat(read(reader, "[{\"s\":409},{\"s\":200},{\"s\":409}]")).containsOnly(RecordOutcome.delivered());
    }

    @Test
    void messagesAreKeptOnlyOnRequestAndThenShortAndClean() throws IOException {
        String body = "[{\"s\":400,\"m\":\"bad\\u0000\\n\\u001b[31m\\u2028name " + "x".repeat(500)
                + "\"},{\"s\":200},{\"s\":200}]";
        ItemOutcomes.Builder<String> builder =
                ItemOutcomes.<String>items("").status("/s").message("/m");

        assertThat(read(builder.build(), body).get(0))
                .isEqualTo(RecordOutcome.rejected("item-400", "the API refused this record of the batch"));
        RecordOutcome.Rejected kept = (RecordOutcome.Rejected)
                read(builder.keepMessages().build(), body).get(0);
        assertThat(kept.message()).startsWith("bad   [31m name xxx").hasSizeLessThanOrEqualTo(200);
    }

    @Test
    void codeThatIsNoneIsNotTaken() throws IOException {
        ItemOutcomes<String> reader =
                ItemOutcomes.<String>items("").status("/s").code("/c").build();

        assertThat(read(
                        reader,
                        "[{\"s\":400,\"c\":\"Zoé Íñiguez\"},{\"s\":200},{\"s\":400,\"c\":\"" + "x".repeat(65) + "\"}]"))
                .filteredOn(RecordOutcome.Rejected.class::isInstance)
                .extracting(one -> ((RecordOutcome.Rejected) one).code())
                .containsExactly("item-400", "item-400");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "<html>",
                "null",
                "true",
                "\"results\"",
                "{}",
                "[]",
                "{\"results\":null}",
                "{\"results\":{}}",
                "{\"results\":[]}",
                "{\"results\":[{\"status\":200},{\"status\":200}]}",
                "{\"results\":[{\"status\":200},{\"status\":200},{\"status\":200},{\"status\":200}]}",
                "{\"results\":[{\"status\":200},{\"status\":200},{}]}",
                "{\"results\":[{\"status\":200},{\"status\":200},7]}",
                "{\"results\":[{\"status\":200},{\"status\":200},{\"status\":null}]}",
                "{\"results\":[{\"status\":200},{\"status\":200},{\"status\":\"ok\"}]}",
                "{\"results\":[{\"status\":200},{\"status\":200},{\"status\":2000}]}",
                "{\"results\":[{\"status\":200},{\"status\":200},{\"status\":200}]",
                "{\"results\":[{\"status\":200},{\"status\":200},{\"status\":200}]}}",
                "{\"results\":[{\"status\":200},{\"status\":200},{\"status\":200}]} {}",
                "{\"results\":[{\"status\":200},{\"status\":200},{\"status\":200}],\"results\":[]}",
            })
    void bodyThatDoesNotFitIsNotTakenForAnything(String body) {
        assertMisfit(ItemOutcomes.statusesInOrder("/results", "/status"), body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                "{\"errors\":7}",
                "{\"errors\":[{}]}",
                "{\"errors\":[{\"index\":3}]}",
                "{\"errors\":[{\"index\":-1}]}",
                "{\"errors\":[{\"index\":1.0}]}",
                "{\"errors\":[{\"index\":\"1\"}]}",
                "{\"errors\":[{\"index\":99999999999}]}",
                "{\"errors\":[{\"index\":0}",
            })
    void errorsThatAreNoRecordsDoNotFit(String body) {
        assertMisfit(ItemOutcomes.errorsByIndex("/errors", "/index"), body);
    }

    @Test
    void anyCutOfAGoodBodyDoesNotFit() {
        String body = "{\"results\":[{\"status\":200},{\"status\":422,\"e\":[{\"a\":\"b\"}]},{\"status\":201}]}";
        for (int length = 0; length < body.length(); length++) {
            assertMisfit(ItemOutcomes.statusesInOrder("/results", "/status"), body.substring(0, length));
        }
    }

    @Test
    void randomBytesAreEitherReadOrRefusedAsIoFailures() {
        Random random = new Random(20261123);
        String body = "{\"results\":[{\"status\":200},{\"status\":422,\"e\":[{\"a\":\"b\"}]},{\"status\":201}]}";
        ItemOutcomes<String> reader = ItemOutcomes.statusesInOrder("/results", "/status");
        int refused = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            for (int n = random.nextInt(4); n >= 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(reader.of(200, bytes, THREE)).hasSize(3);
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void contradictorySettingsAreRefused() {
        assertThatThrownBy(() -> ItemOutcomes.items("results"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be a JSON pointer");
        assertThatThrownBy(() -> ItemOutcomes.items("/results").build()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ItemOutcomes.items("/errors").othersDelivered().build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ItemOutcomes.items("/errors").status()).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<RecordOutcome> read(ItemOutcomes<String> reader, String body) throws IOException {
        return new ArrayList<>(reader.of(200, body.getBytes(StandardCharsets.UTF_8), THREE));
    }

    private static void assertMisfit(ItemOutcomes<String> reader, String body) {
        assertThatThrownBy(() -> read(reader, body)).isInstanceOf(IOException.class);
    }
}
