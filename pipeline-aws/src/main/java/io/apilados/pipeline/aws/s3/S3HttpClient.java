// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.time.Duration;
import java.util.Arrays;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * The HTTP clients that the S3 part is tested with. Each is a dependency that a program adds by itself; the first that is
 * there is taken where none is named. Of the others no class is loaded.
 */
public enum S3HttpClient {
    /** {@code apache5-client}: notices a body that ends early, and bounds its connections. The default. */
    APACHE5("apache5-client", "software.amazon.awssdk.http.apache5.Apache5HttpClient") {
        @Override
        SdkHttpClient.Builder<?> builder(Duration connect, Duration silence, int connections) {
            return Apache5Http.builder(connect, silence, connections);
        }
    },

    /** {@code url-connection-client}: the smallest, on the JDK's own; it does not bound its connections. */
    URL_CONNECTION("url-connection-client", "software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient") {
        @Override
        SdkHttpClient.Builder<?> builder(Duration connect, Duration silence, int connections) {
            return UrlConnectionHttp.builder(connect, silence);
        }
    },

    /** {@code aws-crt-client}: native code, with a TLS of its own. */
    CRT("aws-crt-client", "software.amazon.awssdk.http.crt.AwsCrtHttpClient") {
        @Override
        SdkHttpClient.Builder<?> builder(Duration connect, Duration silence, int connections) {
            return CrtHttp.builder(connect, silence, connections);
        }
    };

    private final String artifact;
    private final String className;

    S3HttpClient(String artifact, String className) {
        this.artifact = artifact;
        this.className = className;
    }

    abstract SdkHttpClient.Builder<?> builder(Duration connect, Duration silence, int connections);

    /** Whether it is on the class path. */
    public boolean isPresent() {
        try {
            var unused = Class.forName(className, false, S3HttpClient.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Itself, if it is on the class path.
     *
     * @throws IllegalStateException if it is not; the message says what to add
     */
    S3HttpClient required() {
        if (!isPresent()) {
            throw new IllegalStateException("httpClient was " + this + " but software.amazon.awssdk:" + artifact
                    + " is not on the class path; add it, or name another");
        }
        return this;
    }

    /**
     * The first that is on the class path.
     *
     * @throws IllegalStateException if none is; the message says what to add
     */
    static S3HttpClient firstPresent() {
        return Arrays.stream(values())
                .filter(S3HttpClient::isPresent)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no HTTP client on the class path; add"
                        + " software.amazon.awssdk:apache5-client, or make an S3Client of your own"));
    }
}
