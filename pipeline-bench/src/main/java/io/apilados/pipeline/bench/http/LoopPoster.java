// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.http;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.enrich.JsonRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Ten threads, each of which posts one body after the other. */
abstract class LoopPoster implements HttpDeliveryBenchmark.Poster {

    private static final int OK = 200;

    private final ExecutorService threads = Executors.newFixedThreadPool(HttpDeliveryBenchmark.CONNECTIONS);

    /** Posts one body; returns the status when the answer has come in full. */
    abstract int post(String key, byte[] body) throws IOException, InterruptedException;

    @Override
    public void post(List<Batch<JsonRecord>> batches, List<byte[]> bodies, int requests)
            throws InterruptedException, ExecutionException {
        AtomicInteger begun = new AtomicInteger();
        List<Future<?>> loops = new ArrayList<>();
        for (int i = 0; i < HttpDeliveryBenchmark.CONNECTIONS; i++) {
            loops.add(threads.submit(() -> {
                for (int n = begun.getAndIncrement(); n < requests; n = begun.getAndIncrement()) {
                    int which = n % bodies.size();
                    int status = post(batches.get(which).key(), bodies.get(which));
                    if (status != OK) {
                        throw new IllegalStateException("got " + status);
                    }
                }
                return null;
            }));
        }
        for (Future<?> loop : loops) {
            Object unused = loop.get();
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
