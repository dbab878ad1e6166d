// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.time.Duration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;

/** Apart, because the client may not be there. */
final class Apache5Http {

    private Apache5Http() {}

    static SdkHttpClient.Builder<?> builder(Duration connect, Duration silence, int connections) {
        return Apache5HttpClient.builder()
                .connectionTimeout(connect)
                .socketTimeout(silence)
                .connectionAcquisitionTimeout(connect)
                .maxConnections(connections);
    }
}
