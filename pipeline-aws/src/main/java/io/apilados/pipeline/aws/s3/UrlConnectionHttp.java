// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import java.time.Duration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;

/** Apart, because the client may not be there. */
final class UrlConnectionHttp {

    private UrlConnectionHttp() {}

    static SdkHttpClient.Builder<?> builder(Duration connect, Duration silence) {
        return UrlConnectionHttpClient.builder().connectionTimeout(connect).socketTimeout(silence);
    }
}
