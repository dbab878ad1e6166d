// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.Pipeline;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.control.ConcurrencyController;
import io.apilados.pipeline.control.Resilience;
import io.apilados.pipeline.control.RetryPolicy;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.StrapiServer.Seen;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class StrapiTest {

    private static String clave(int i) {
        return String.format("09DPR%04dX", i);
    }

    private static Map<String, Integer> fill(StrapiServer server, int count) {
        Map<String, Integer> ids = new HashMap<>();
        for (int i = 0; i < count; i++) {
            ids.put(clave(i), server.put(clave(i)));
        }
        return ids;
    }

    private static RunReport run(Path csv, CCTsCache cache, BatchDelivery<JsonRecord> delivery, Resilience resilience)
            throws IOException {
        return Pipeline.from(ByteSource.file(csv))
                .parse(CsvParser.withHeader())
                .enrich(CCTsEnricher.lookingUp("clave", cache))
                .batch(BatchSizing.fixed(10))
                .deliver(delivery)
                .rejects(RejectedRecords.csv(csv.resolveSibling("rejects.csv")))
                .resilience(resilience)
                .build()
                .run();
    }

    private static Path csv(Path directory, int rows, int keys) throws IOException {
        Path csv = directory.resolve("rows.csv");
        Files.writeString(
                csv,
                IntStream.range(0, rows)
                        .mapToObj(i -> i + "," + clave(i % keys))
                        .collect(Collectors.joining("\n", "n,clave\n", "\n")));
        return csv;
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void findsMoreKeysThanAPageHolds(int version) throws Exception {
        try (StrapiServer server = new StrapiServer(version);
                HttpLookup lookup = server.strapi().lookup("clave").build()) {
            Map<String, Integer> ids = fill(server, 230);
            Set<String> asked = new LinkedHashSet<>(ids.keySet());
            asked.add("unknown");

            assertThat(lookup.load(asked)).isEqualTo(ids);
            assertThat(server.seen()).hasSize(3);
            assertThat(server.seen())
                    .allSatisfy(seen -> assertThat(seen.query())
                            .startsWith(
                                    "fields%5B0%5D=clave&pagination%5BwithCount%5D=true&filters%5Bclave%5D%5B%24in%5D%5B0%5D=")
                            .hasSizeLessThan(8_000));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void readsAllPagesOfAnApiThatReturnsFewerThanAskedFor(int version) throws Exception {
        try (StrapiServer server = new StrapiServer(version).maxLimit(25);
                HttpLookup lookup = server.strapi().lookup("clave").build()) {
            Map<String, Integer> ids = fill(server, 90);

            assertThat(lookup.load(ids.keySet())).isEqualTo(ids);
            assertThat(server.seen()).hasSize(4);
            assertThat(lookup.load(Set.of("unknown"))).isEmpty();
        }
    }

    @Test
    void oddKeysAreFound() throws Exception {
        try (StrapiServer server = new StrapiServer(5);
                HttpLookup lookup = server.strapi().lookup("clave").build()) {
            Map<String, Integer> ids = new HashMap<>();
            for (String odd : List.of("a b", "a+b", "a&b=c", "ñandú", "日本", "😀", "100%", "[0]", "\"'\\", "{index}")) {
                ids.put(odd, server.put(odd));
            }
            assertThat(lookup.load(ids.keySet())).isEqualTo(ids);
        }
    }

    @Test
    void collectionThatDoesNotKnowTheFilterIsNotTakenForEmpty() throws Exception {
        try (StrapiServer server = new StrapiServer(5);
                HttpLookup lookup = HttpLookup.at(URI.create(server.api() + "/escuelas"))
                        .queryParameter("clave")
                        .key("/clave")
                        .parameter("pagination[withCount]", "true")
                        .pages("pagination[page]", "/meta/pagination/pageCount")
                        .build()) {
            fill(server, 230);
            assertThatThrownBy(() -> lookup.load(Set.of("unknown")))
                    .isInstanceOf(HttpLookupException.class)
                    .hasMessageContaining("more than was asked for");
        }
    }

    @Test
    void lookupFeedsAWholeRunThroughBusyTimes(@TempDir Path directory) throws Exception {
        try (StrapiServer schools = new StrapiServer(5);
                RawServer api = RawServer.answering(request -> RawServer.Answer.of(200));
                HttpLookup lookup = schools.strapi().lookup("clave").build();
                HttpDelivery<JsonRecord> delivery = HttpDelivery.to(api.uri()).build()) {
            fill(schools, 150);
            schools.next(StrapiServer.status(429, "Retry-After", "1"));
            schools.next(StrapiServer.status(500));
            schools.next(StrapiServer::loseAnswer);
            CCTsCache cache = CCTsCache.onDemand(lookup).chunk(160).build();

            RunReport report = run(csv(directory, 1_000, 160), cache, delivery, Resilience.ofDefaults());

            assertThat(report.isBalanced()).isTrue();
            assertThat(report.read()).isEqualTo(1_000);
            assertThat(report.delivered()).isEqualTo(940);
            assertThat(report.rejected()).isEqualTo(60);
            assertThat(cache.statistics().loader().failures())
                    .as("what the cache saw of it")
                    .isZero();
        }
    }

    @Test
    void lookupThatIsForbiddenStopsTheRunWithoutRejecting(@TempDir Path directory) throws Exception {
        try (StrapiServer schools = new StrapiServer(5);
                HttpLookup lookup = schools.strapi().lookup("clave").build()) {
            schools.next(StrapiServer.status(403));
            Path csv = csv(directory, 100, 10);
            CCTsCache cache = CCTsCache.onDemand(lookup).build();
            RunReport report = run(
                    csv,
                    cache,
                    batch -> {
                        throw new AssertionError("nothing should be delivered");
                    },
                    Resilience.ofDefaults());

            assertThat(report.rejected()).isZero();
            assertThat(report.delivered()).isZero();
            assertThat(report.endReason()).isNotNull();
            assertThat(schools.seen()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void upsertCreatesAndUpdatesInARun(int version, @TempDir Path directory) throws Exception {
        try (StrapiServer server = new StrapiServer(version);
                HttpLookup lookup = server.strapi().lookup("clave").build();
                HttpUpsert<JsonRecord> upsert = server.strapi().upsert("clave").build()) {
            Map<String, Integer> ids = fill(server, 20);
            CCTsCache known = CCTsCache.onDemand(lookup).build();
            server.next((exchange, strapi) -> false);
            server.next(StrapiServer::loseAnswer);
            server.next(StrapiServer.status(503));

            RunReport report = run(csv(directory, 20, 20), known, upsert, Resilience.ofDefaults());

            assertThat(report.delivered()).isEqualTo(20);
            assertThat(server.entries()).hasSize(20);
            server.entries()
                    .forEach((clave, entry) -> assertThat(entry.attributes())
                            .containsEntry("cctId", String.valueOf(ids.get(clave)))
                            .containsKey("n"));
            assertThat(server.methods()).contains("PUT").doesNotContain("POST");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void upsertWhoseAnswerToTheCreationWasLostUpdates(int version) throws Exception {
        try (StrapiServer server = new StrapiServer(version);
                HttpUpsert<JsonRecord> upsert = server.strapi().upsert("clave").build()) {
            var record = Batches.of("{\"clave\":\"K 1\",\"n\":\"1\"}");
            server.next((exchange, strapi) -> false);
            server.next(StrapiServer::loseAnswer);

            assertThat(Batches.failure(upsert, record)).isInstanceOf(IOException.class);
            assertThat(Batches.deliver(upsert, record)).isEqualTo(DeliveryOutcome.delivered());

            assertThat(server.methods()).containsExactly("GET", "POST", "GET", "PUT");
            assertThat(server.entries()).containsOnlyKeys("K 1");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void upsertOfWhatSomebodyElseCreatesMeanwhileUpdates(int version) throws Exception {
        try (StrapiServer server = new StrapiServer(version);
                HttpUpsert<JsonRecord> upsert = server.strapi().upsert("clave").build()) {
            server.next((exchange, strapi) -> false);
            server.next((exchange, strapi) -> {
                strapi.put("K");
                return false;
            });

            assertThat(Batches.deliver(upsert, Batches.of("{\"clave\":\"K\",\"n\":\"1\"}")))
                    .isEqualTo(DeliveryOutcome.delivered());

            assertThat(server.methods()).containsExactly("GET", "POST", "GET", "PUT");
            assertThat(server.entries().values())
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.attributes()).containsEntry("n", "1"));
        }
    }

    @Test
    void upsertOfAnEntryThatGoesMeanwhileCreatesIt() throws Exception {
        try (StrapiServer server = new StrapiServer(5);
                HttpUpsert<JsonRecord> upsert =
                        server.strapi().upsert(record -> "K", "clave").build()) {
            server.put("K");
            server.next((exchange, strapi) -> false);
            server.next((exchange, strapi) -> {
                strapi.clear();
                return false;
            });

            assertThat(Batches.deliver(upsert, Batches.of("{\"clave\":\"K\",\"n\":\"1\"}")))
                    .isEqualTo(DeliveryOutcome.delivered());
            assertThat(server.methods()).containsExactly("GET", "PUT", "POST");
            assertThat(server.entries()).containsOnlyKeys("K");
        }
    }

    @Test
    void creationWhoseAnswerWasLostCountsAsDeliveredAndARowThatIsTwiceDoesNot() throws Exception {
        try (StrapiServer server = new StrapiServer(5);
                HttpDelivery<JsonRecord> create = server.strapi().create().build()) {
            var record = Batches.of("{\"clave\":\"K\"}");
            server.next(StrapiServer::loseAnswer);
            assertThat(Batches.failure(create, record)).isInstanceOf(IOException.class);
            assertThat(Batches.deliver(create, record)).isEqualTo(DeliveryOutcome.delivered());
            assertThat(server.entries()).hasSize(1);

            server.put("taken");
            assertThat(Batches.deliver(
                            create,
                            Batches.ofRecords(List.of(
                                            Batches.of("{\"clave\":\"free\"}").record(0),
                                            Batches.of("{\"clave\":\"taken\"}").record(0)))
                                    .part(1, 2)))
                    .isInstanceOf(DeliveryOutcome.Refused.class);
        }
    }

    @Test
    void lookupAndDeliveryKeepToTheSameLimits(@TempDir Path directory) throws Exception {
        Resilience one = Resilience.builder()
                .concurrency(ConcurrencyController.fixed(1))
                .retry(RetryPolicy.ofDefaults().withPatience(Duration.ofSeconds(30)))
                .build();
        try (StrapiServer server = new StrapiServer(5);
                HttpLookup lookup =
                        server.strapi().lookup("clave").resilience(one).build();
                HttpUpsert<JsonRecord> upsert = server.strapi().upsert("clave").build()) {
            fill(server, 30);
            CCTsCache cache = CCTsCache.onDemand(lookup).chunk(5).build();

            RunReport report = run(csv(directory, 60, 30), cache, upsert, one);

            assertThat(report.delivered()).isEqualTo(60);
            assertThat(server.seen()).hasSizeGreaterThan(2 * 60 + 5);
            assertThat(server.mostUnderWay()).isEqualTo(1);
        }
    }

    @Test
    void tokensAndParametersGoAlong() throws Exception {
        try (StrapiServer server = new StrapiServer(5);
                HttpUpsert<JsonRecord> upsert = server.strapi()
                        .upsert("clave")
                        .bearerToken(() -> "t")
                        .parameter("locale", "es")
                        .build()) {
            Batches.deliver(upsert, Batches.of("{\"clave\":\"K\"}"));
            assertThat(server.seen())
                    .extracting(seen -> seen.headers().get("authorization"))
                    .containsExactly("Bearer t", "Bearer t");
            Seen lookup = server.seen().get(0);
            assertThat(lookup.query()).contains("locale=es").contains("pagination%5BpageSize%5D=1");
            assertThat(server.seen().get(1).query()).isEmpty();
        }
    }

    @Test
    void addressesAndNamesAreChecked() {
        URI api = URI.create("https://cms.example.org/api/");
        assertThatThrownBy(() -> Strapi.at(URI.create("cms.example.org"), "escuelas"))
                .hasMessageContaining("http://");
        assertThatThrownBy(() -> Strapi.at(URI.create("https://cms.example.org/?a=b"), "escuelas"))
                .hasMessageContaining("no query");
        assertThatThrownBy(() -> Strapi.at(api, "escuelas?x")).hasMessageContaining("plural");
        assertThatThrownBy(() -> Strapi.at(api, "escuelas").lookup("a/b")).hasMessageContaining("a/b");
        assertThat(Strapi.at(api, "escuelas")).hasToString("Strapi collection at cms.example.org");
    }
}
