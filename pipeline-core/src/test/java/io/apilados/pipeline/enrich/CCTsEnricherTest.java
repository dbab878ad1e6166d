// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordReader;
import io.apilados.pipeline.parse.RejectedRecordException;
import io.apilados.pipeline.source.SourcePosition;
import io.apilados.pipeline.testing.TextSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CCTsEnricherTest {

    private final CCTsCache cache = CCTsCache.preloaded(
            CCTsCatalog.builder().put("01DPR0001V", 42).put("ñ", 5).build());

    private static RecordReader<CsvRow> reader(CsvParser parser, byte[] csv) throws IOException {
        TextSource source = new TextSource(csv);
        RecordReader<CsvRow> reader = parser.open(source, source.version(), SourcePosition.START);
        assertThat(reader.advance()).isEqualTo(RecordReader.Step.RECORD);
        return reader;
    }

    private static CsvRow row(String csv) throws IOException {
        return reader(CsvParser.withHeader(), csv.getBytes(StandardCharsets.UTF_8))
                .record();
    }

    private String json(String csv) throws IOException {
        return CCTsEnricher.lookingUp("cct", cache).enrich(row(csv)).asText();
    }

    @Test
    void passesEveryColumnThroughAsAStringAndAddsTheId() throws IOException {
        assertThat(json("id,cct,nombre\n7,01DPR0001V,Zoé\n"))
                .isEqualTo("{\"id\":\"7\",\"cct\":\"01DPR0001V\",\"nombre\":\"Zoé\",\"cctId\":42}");
    }

    @Test
    void escapesWhatJsonAsksFor() throws IOException {
        assertThat(json("cct,\"a\"\"b\"\n01DPR0001V,\"q\"\"\\\n\r\t\u0001\u001f\"\n"))
                .isEqualTo("{\"cct\":\"01DPR0001V\",\"a\\\"b\":\"q\\\"\\\\\\n\\r\\t\\u0001\\u001f\",\"cctId\":42}");
    }

    @Test
    void givesRepeatedNamesAndItsOwnANumber() throws IOException {
        assertThat(json("cct,x,x,,,cctId\n01DPR0001V,1,2,3,4,5\n"))
                .isEqualTo(
                        "{\"cct\":\"01DPR0001V\",\"x\":\"1\",\"x_2\":\"2\",\"\":\"3\",\"_2\":\"4\",\"cctId_2\":\"5\","
                                + "\"cctId\":42}");
    }

    @Test
    void writesUtf8WhateverTheFileIsIn() throws IOException {
        byte[] latin = "cct,nombre\n\u00a0ñ ,Íñigo\n".getBytes(StandardCharsets.ISO_8859_1);
        CsvRow row = reader(CsvParser.withHeader().charset(StandardCharsets.ISO_8859_1), latin)
                .record();
        assertThat(CCTsEnricher.lookingUp("cct", cache).enrich(row).asText())
                .isEqualTo("{\"cct\":\"\u00a0ñ \",\"nombre\":\"Íñigo\",\"cctId\":5}");
    }

    @Test
    void rejectsWhatHasNoKeyOrAnUnknownOneWithoutTellingIt() {
        assertThatThrownBy(() -> json("id,cct\n7,99SECRET9X\n"))
                .isInstanceOfSatisfying(
                        RejectedRecordException.class, e -> assertThat(e.code()).isEqualTo("unknown-key"))
                .hasMessage("column cct: the key is not in the catalog");
        assertThatThrownBy(() -> json("id,cct\n7, \u00a0\n"))
                .isInstanceOfSatisfying(
                        RejectedRecordException.class, e -> assertThat(e.code()).isEqualTo("missing-key"));
    }

    @Test
    void rejectsWhatHasNoIdWhereOneIsRequired() throws IOException {
        CsvRow without = row("id,cct\n,01DPR0001V\n");
        CCTsEnricher enricher = CCTsEnricher.lookingUp("cct", cache);
        assertThat(enricher.enrich(without).asText()).contains("\"id\":\"\"");
        assertThatThrownBy(() -> enricher.requiringId("id").enrich(without))
                .isInstanceOfSatisfying(
                        RejectedRecordException.class, e -> assertThat(e.code()).isEqualTo("missing-id"));
        CsvRow other = row("cct\n01DPR0001V\n");
        assertThat(enricher.requiringIdWherePresent("id").enrich(other).asText())
                .contains("42");
        assertThat(enricher.requiringIdWherePresent("id").requiredColumns()).containsExactly("cct");
        assertThat(enricher.requiringId("id").requiredColumns()).containsExactly("cct", "id");
    }

    @Test
    void preparesTheKeysOfItsRowsTogether() throws IOException, InterruptedException {
        List<Set<String>> calls = new ArrayList<>();
        CCTsCache onDemand = CCTsCache.onDemand(keys -> {
                    calls.add(Set.copyOf(keys));
                    return Map.of("01DPR0001V", 42, "ñ", 5);
                })
                .build();
        UnknownKeys counting = new UnknownKeys(onDemand);
        CCTsEnricher enricher = CCTsEnricher.lookingUp("cct", counting);
        List<CsvRow> rows = List.of(
                row("cct,id\n01DPR0001V,1\n"), row("id,cct\n2,\" ñ\"\n"), row("cct\nnone\n"), row("cct,x\n,\n"));
        enricher.prepare(rows);
        assertThat(enricher.enrich(rows.get(0)).asText()).contains("42");
        assertThat(enricher.enrich(rows.get(1)).asText()).contains("\"cctId\":5");
        assertThatThrownBy(() -> enricher.enrich(rows.get(2))).isInstanceOf(RejectedRecordException.class);
        assertThat(calls).containsExactly(Set.of("01DPR0001V", "ñ", "none"));
        assertThat(enricher.chunk()).isEqualTo(1_000);
        assertThat(enricher.notes()).isEqualTo(onDemand.notes());
        assertThat(CCTsEnricher.lookingUp("cct", cache).chunk()).isZero();
    }
}
