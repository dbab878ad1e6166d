// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.http;

import java.io.IOException;
import java.net.URI;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.io.CloseMode;

/** A plain loop over Apache HttpClient 5. */
final class ApachePoster extends LoopPoster {

    private final URI uri;
    private final CloseableHttpClient client = HttpClients.custom()
            .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                    .setMaxConnTotal(HttpDeliveryBenchmark.CONNECTIONS)
                    .setMaxConnPerRoute(HttpDeliveryBenchmark.CONNECTIONS)
                    .build())
            .build();

    ApachePoster(URI uri) {
        this.uri = uri;
    }

    @Override
    int post(String key, byte[] body) throws IOException {
        HttpPost request = new HttpPost(uri);
        request.setHeader("Content-Type", "application/json");
        request.setHeader("Accept", "application/json");
        request.setHeader("Idempotency-Key", key);
        request.setEntity(new ByteArrayEntity(body, null));
        return client.execute(request, response -> {
            EntityUtils.consume(response.getEntity());
            return response.getCode();
        });
    }

    @Override
    public void close() {
        super.close();
        client.close(CloseMode.GRACEFUL);
    }
}
