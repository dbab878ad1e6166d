// SPDX-License-Identifier: Apache-2.0

import io.apilados.pipeline.aws.s3.S3ByteSource;
import io.apilados.pipeline.aws.s3.S3Clients;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.checkpoint.SplitStore;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsEnricher;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.http.HttpDelivery;
import io.apilados.pipeline.spark.PipelineSpec;
import io.apilados.pipeline.spark.RequestShares;
import io.apilados.pipeline.spark.SparkPipeline;
import java.net.URI;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** A user's program, compiled against the one jar: from S3 to an API. */
public final class Program {

    private Program() {}

    public static void main(String[] args) throws Exception {
        String endpoint = args[0];
        String source = args[1];
        String api = args[2];
        String store = args[3];
        CCTsCatalog catalog =
                CCTsCatalog.builder().put("01DPR0001V", 1).put("02DPR0002U", 2).build();
        try (JavaSparkContext context = new JavaSparkContext(new SparkConf())) {
            PipelineSpec<JsonRecord> spec = PipelineSpec.from(worker ->
                            S3ByteSource.of(S3Clients.create(URI.create(endpoint)), URI.create(source)))
                    .<JsonRecord>enrich((rows, worker) ->
                            rows.enrich(CCTsEnricher.lookingUp("cct", CCTsCache.preloaded(worker.catalog()))))
                    .batch(BatchSizing.fixed(50))
                    .deliver(worker -> HttpDelivery.to(URI.create(api)).build())
                    .store(worker -> SplitStore.directory(Path.of(store)))
                    .catalog(catalog)
                    .shares(RequestShares.leased(1_000))
                    .build();
            System.out.println("report " + SparkPipeline.of(context, spec).splitBytes(8_192).run().toJson());
            Class<?> jackson = Class.forName("com.fasterxml.jackson.core.JsonFactory");
            System.out.println("jackson " + jackson.getProtectionDomain().getCodeSource().getLocation());
        }
    }
}
