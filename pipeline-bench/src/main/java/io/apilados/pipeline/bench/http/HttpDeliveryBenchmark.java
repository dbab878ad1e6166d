// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.http;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchProcessor;
import io.apilados.pipeline.batch.BatchSample;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.enrich.JsonRecord;
import io.apilados.pipeline.source.SourcePosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A batch of 100 records posted over ten connections, beside plain loops that post the same bodies, made beforehand, on
 * ten threads. The rates are hostage to the neighbours on a shared machine; the figures that count are the bytes
 * ({@code gc.alloc.rate.norm}) and the processor time ({@code cpu}) of one request. Keys are derived beforehand, as they
 * are when a pipeline sends: it needs them for its checkpoint.
 *
 * <pre>mvn -q -pl pipeline-bench -am test-compile exec:exec \
 *     -Djmh.args="HttpDelivery -prof gc -prof io.apilados.pipeline.bench.http.CpuProfiler"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class HttpDeliveryBenchmark {

    static final int CONNECTIONS = 10;

    private static final int RECORDS = 100;
    private static final int REQUESTS = 1_000;
    private static final int BATCHES = 16;

    /** Who posts. */
    public enum Client {
        /** {@code HttpDelivery}. */
        OURS {
            @Override
            Poster connect(AcceptingServer server) {
                return new OurPoster(server.uri());
            }
        },
        /** A loop over Apache HttpClient 5, classic, as it comes. */
        APACHE_LOOP {
            @Override
            Poster connect(AcceptingServer server) {
                return new ApachePoster(server.uri());
            }
        },
        /** A loop over {@code java.net.http}, blocking, HTTP/1.1. */
        JDK_LOOP {
            @Override
            Poster connect(AcceptingServer server) {
                return new JdkPoster(server.uri());
            }
        };

        abstract Poster connect(AcceptingServer server);
    }

    /** Posts many bodies and waits until all are answered. */
    interface Poster extends AutoCloseable {
        void post(List<Batch<JsonRecord>> batches, List<byte[]> bodies, int requests)
                throws InterruptedException, ExecutionException;

        @Override
        void close();
    }

    /** Who posts. */
    @Param
    public Client client = Client.OURS;

    /** How long a body is, about. */
    @Param({"19000", "44000"})
    public int bodyBytes = 19_000;

    private final List<Batch<JsonRecord>> batches = new ArrayList<>();
    private final List<byte[]> bodies = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private AcceptingServer server;

    @SuppressWarnings("NullAway.Init")
    private Poster poster;

    /** Makes batches and bodies, and connects. */
    @Setup
    public void setUp() throws IOException, InterruptedException {
        for (int i = 0; i < BATCHES; i++) {
            Batch<JsonRecord> batch = batch(i);
            String unused = batch.key();
            batches.add(batch);
            bodies.add(body(batch));
        }
        server = AcceptingServer.start();
        poster = client.connect(server);
    }

    /** Lets go of connections and the server. */
    @TearDown
    public void tearDown() {
        poster.close();
        server.close();
    }

    /** A thousand requests, ten at a time. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void requests() throws InterruptedException, ExecutionException {
        poster.post(batches, bodies, REQUESTS);
    }

    private Batch<JsonRecord> batch(int number) throws InterruptedException {
        List<Batch<JsonRecord>> cut = new ArrayList<>();
        try (BatchProcessor<JsonRecord> processor = BatchProcessor.<JsonRecord>to(batch -> {
                    cut.add(batch);
                    return CompletableFuture.completedFuture(
                            new BatchSample(batch.size(), 0, 0, 1, BatchSample.Outcome.CLEAN));
                })
                .sizing(BatchSizing.fixed(RECORDS))
                .fingerprint("benchmark")
                .build()) {
            String text = "{\"id\":\"" + "x".repeat(bodyBytes / RECORDS - "{\"id\":\"\"},".length()) + "\"}";
            for (int i = 0; i < RECORDS; i++) {
                long at = (long) number * RECORDS + i;
                processor.submit(
                        JsonRecord.ofUtf8(text.getBytes(StandardCharsets.US_ASCII)),
                        new SourcePosition(at * bodyBytes / RECORDS, at + 1, at + 2),
                        new byte[0]);
            }
        }
        return cut.get(0);
    }

    private static byte[] body(Batch<JsonRecord> batch) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes("{\"data\":[".getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < batch.size(); i++) {
            if (i > 0) {
                body.write(',');
            }
            batch.record(i).writeTo(body);
        }
        body.writeBytes("]}".getBytes(StandardCharsets.US_ASCII));
        return body.toByteArray();
    }
}
