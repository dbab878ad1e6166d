// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.time.Duration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.crt.AwsCrtHttpClient;
import software.amazon.awssdk.http.crt.ConnectionHealthConfiguration;

/**
 * Apart, because the client may not be there. It has no time-out for reading: a connection on which less than a byte a
 * second has moved for that long is what it can be told to close.
 */
final class CrtHttp {

    /** It counts in whole seconds, and refuses less than two. */
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(2);

    private CrtHttp() {}

    static SdkHttpClient.Builder<?> builder(Duration connect, Duration silence, int connections) {
        Duration longest = silence.compareTo(SHORTEST_SILENCE) < 0 ? SHORTEST_SILENCE : silence;
        return AwsCrtHttpClient.builder()
                .connectionTimeout(connect)
                .maxConcurrency(connections)
                .connectionHealthConfiguration(ConnectionHealthConfiguration.builder()
                        .minimumThroughputInBps(1L)
                        .minimumThroughputTimeout(longest)
                        .build());
    }
}
