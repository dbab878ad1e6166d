// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.http;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A plain loop over the JDK's client. */
final class JdkPoster extends LoopPoster {

    private final URI uri;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    JdkPoster(URI uri) {
        this.uri = uri;
    }

    @Override
    int post(String key, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        try {
            return status(request);
        } catch (IOException e) {
            // Seen with JDK 17: it closes a connection that it has just begun to use, and leaves the rest to us.
            return status(request);
        }
    }

    private int status(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
