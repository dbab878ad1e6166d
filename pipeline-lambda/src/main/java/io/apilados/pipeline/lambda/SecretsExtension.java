// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.report.JsonTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Secrets by way of Lambda's extension for parameters and secrets, which answers on a port of the environment, keeps what it
 * fetched for five minutes, and has to be among the function's layers. No secret is ever in a message. Immutable.
 */
final class SecretsExtension {

    private static final String PORT = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT";
    private static final String SESSION = "AWS_SESSION_TOKEN";
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int OK = 200;

    private final int port;
    private final String session;

    private SecretsExtension(int port, String session) {
        this.port = port;
        this.session = session;
    }

    static SecretsExtension of(Map<String, String> environment) {
        return new SecretsExtension(
                Integer.parseInt(environment.getOrDefault(PORT, "2773")), environment.getOrDefault(SESSION, ""));
    }

    /**
     * A secret, fetched each time that it is asked for.
     *
     * @param id name or ARN
     * @param member which member of the secret, if that is a JSON object; null for all of it
     */
    Supplier<String> secret(String id, @Nullable String member) {
        return () -> {
            try {
                return fetch(id, member);
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "the secret could not be fetched (" + e.getMessage()
                                + "); add the extension for parameters and secrets to the function's layers, and allow its"
                                + " role secretsmanager:GetSecretValue",
                        e);
            }
        };
    }

    private String fetch(String id, @Nullable String member) throws IOException {
        URI place = URI.create("http://localhost:" + port + "/secretsmanager/get?secretId="
                + URLEncoder.encode(id, StandardCharsets.UTF_8));
        HttpURLConnection connection = (HttpURLConnection) place.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setRequestProperty("X-Aws-Parameters-Secrets-Token", session);
        try {
            if (connection.getResponseCode() != OK) {
                throw new IOException("the extension answered " + connection.getResponseCode());
            }
            try (InputStream in = connection.getInputStream()) {
                String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                String secret = JsonTree.read(answer).text("SecretString");
                return member == null ? secret : JsonTree.read(secret).text(member);
            }
        } finally {
            connection.disconnect();
        }
    }
}
