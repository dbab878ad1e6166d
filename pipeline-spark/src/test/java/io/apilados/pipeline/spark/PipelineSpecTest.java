// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.PipelineConfigurationException;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.JsonMapping;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.source.ByteSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

class PipelineSpecTest {

    private static PipelineSpec.Builder<JsonRecord> complete() {
        return PipelineSpec.from(worker -> ByteSource.file(Path.of("in.csv")))
                .<JsonRecord>enrich((rows, worker) ->
                        rows.enrich(JsonMapping.builder().text("id").build()))
                .batch(BatchSizing.fixed(100))
                .deliver(worker -> batch -> CompletableFuture.completedFuture(DeliveryOutcome.delivered()))
                .store(worker -> SplitStore.directory(Path.of("store")));
    }

    /** A factory of the user's own that holds a live object in a field. */
    private static final class Holding implements WorkerFactory<BatchDelivery<JsonRecord>> {
        private static final long serialVersionUID = 1L;

        private final String url = "http://127.0.0.1/";
        private final HttpDelivery<JsonRecord> openAlready =
                HttpDelivery.to(URI.create(url)).build();

        @Override
        public BatchDelivery<JsonRecord> make(Worker worker) {
            return openAlready;
        }
    }

    @Test
    void travelsWithItsCatalogPacked() throws Exception {
        PipelineSpec<JsonRecord> spec = complete()
                .catalog(CCTsCatalog.builder().put("01DPR0001V", 7).build())
                .shares(RequestShares.leased(40))
                .build();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(spec);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            PipelineSpec<?> arrived = (PipelineSpec<?>) in.readObject();
            assertThat(arrived.sizing()).isEqualTo(BatchSizing.fixed(100));
            assertThat(arrived.shares).isEqualTo(RequestShares.leased(40));
            byte[] packed = requireNonNull(arrived.catalog);
            assertThat(CCTsCatalog.loadPacked(new PackedBytes("test", packed)).idOf("01DPR0001V"))
                    .isEqualTo(7);
        }
    }

    @Test
    void namesTheFieldThatCannotTravel() {
        assertThatThrownBy(() -> complete().deliver(new Holding()).build())
                .isInstanceOf(PipelineConfigurationException.class)
                .hasMessageContaining("deliver holds in field 'openAlready' of " + Holding.class.getName() + " a "
                        + HttpDelivery.class.getName());
    }

    @Test
    void namesTheMemberWhoseLambdaCannotTravel() {
        Path notData = Path.of("x");
        ByteSource open = ByteSource.file(notData);
        assertThatThrownBy(() -> complete()
                        .store(worker -> SplitStore.directory(notData))
                        .resilience(worker -> {
                            throw new IllegalStateException(open.location());
                        })
                        .build())
                .hasMessageContaining("store holds a sun.nio.fs.")
                .hasMessageContaining("resilience holds a io.apilados.pipeline.source.FileByteSource");
    }

    @Test
    void refusesASizeThatAdaptsAndSaysAllThatIsMissing() {
        assertThatThrownBy(() -> PipelineSpec.from(worker -> ByteSource.file(Path.of("in.csv")))
                        .batch(BatchSizing.between(10, 500))
                        .build())
                .isInstanceOf(PipelineConfigurationException.class)
                .hasMessageContaining("enrich was not set")
                .hasMessageContaining("deliver was not set")
                .hasMessageContaining("store was not set")
                .hasMessageContaining("batch was 10 to 500 records but it must be fixed");
    }

    @Test
    void aDeliveryIsOfWhatTheEnrichersMake() {
        assertThatThrownBy(() -> complete().enrich((rows, worker) -> rows))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("deliver was set before enrich");
    }

    @Test
    void sparkMustBeSetUpForIt() {
        Map<String, String> settings = new HashMap<>();
        BinaryOperator<String> conf = settings::getOrDefault;
        SparkPipeline.check(conf, complete().build());
        PipelineSpec<JsonRecord> leased =
                complete().shares(RequestShares.leased(40)).build();
        PipelineSpec<JsonRecord> divided =
                complete().shares(RequestShares.divided(40, 2)).build();
        settings.put("spark.speculation", "true");
        assertThatThrownBy(() -> SparkPipeline.check(conf, leased))
                .isInstanceOf(PipelineConfigurationException.class)
                .hasMessageContaining("spark.speculation was true but it must be false")
                .hasMessageContaining("spark.plugins was '' but it must name " + BudgetPlugin.class.getName());
        settings.put("spark.speculation", "false");
        settings.put("spark.plugins", "another.Plugin," + BudgetPlugin.class.getName());
        SparkPipeline.check(conf, leased);
        settings.put("spark.dynamicAllocation.enabled", "true");
        assertThatThrownBy(() -> SparkPipeline.check(conf, divided))
                .hasMessageContaining("spark.dynamicAllocation.enabled was true");
        SparkPipeline.check(conf, leased);
    }

    @Test
    void sharesMakeSense() {
        assertThatThrownBy(() -> RequestShares.divided(40, 0)).hasMessageContaining("executors was 0");
        assertThatThrownBy(() -> RequestShares.leased(0)).hasMessageContaining("perSecond was 0");
        assertThat(RequestShares.leased(1).isLeased()).isTrue();
        assertThat(RequestShares.divided(1, 2).isLeased()).isFalse();
    }
}
