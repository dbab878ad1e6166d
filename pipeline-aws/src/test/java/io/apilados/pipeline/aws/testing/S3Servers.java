// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import io.apilados.pipeline.aws.s3.S3Clients;
import io.apilados.pipeline.aws.testing.S3ServerProcess.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Stores that all tests of a module share: each is started when it is first asked for and ended with the module's tests.
 * Extend a test class with it and take it as a parameter. While it is in use, the system properties name the credentials
 * that the stores take.
 */
public final class S3Servers implements BeforeAllCallback, ParameterResolver {

    private final Map<Kind, S3ServerProcess> running = new EnumMap<>(Kind.class);

    /** Ends with the root context. */
    private record Shared(S3Servers servers) implements AutoCloseable {
        @Override
        public void close() {
            servers.running.values().forEach(S3ServerProcess::close);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        S3Servers unused = shared(context);
        System.setProperty("aws.accessKeyId", S3ServerProcess.ACCESS_KEY);
        System.setProperty("aws.secretAccessKey", S3ServerProcess.SECRET_KEY);
    }

    private static S3Servers shared(ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.create(S3Servers.class))
                .getOrComputeIfAbsent(Shared.class, key -> new Shared(new S3Servers()), Shared.class)
                .servers();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == S3Servers.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return shared(context);
    }

    /** Where a store is reached; waits until it is there. */
    public URI endpoint(Kind kind) {
        S3ServerProcess server;
        synchronized (running) {
            server = running.computeIfAbsent(kind, missing -> {
                try {
                    return S3ServerProcess.start(missing);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return server.endpoint();
    }

    /** A bucket of its own in a store. */
    public String newBucket(Kind kind) {
        String bucket = "b-" + UUID.randomUUID();
        try (S3Client client = S3Clients.create(endpoint(kind))) {
            var unused = client.createBucket(request -> request.bucket(bucket));
        }
        return bucket;
    }
}
