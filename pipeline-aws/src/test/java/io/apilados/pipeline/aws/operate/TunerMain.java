// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.net.URI;
import java.nio.file.Path;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** A tuner in a process of its own, which tests end. */
final class TunerMain {

    private TunerMain() {}

    /** Takes the endpoint, the folder for notes and the function. */
    public static void main(String[] args) throws Exception {
        try (LambdaClient client = LambdaClient.builder()
                .endpointOverride(URI.create(args[0]))
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("planted-key", "planted-secret")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build()) {
            System.out.print(LambdaTuner.of(client, args[2], Prices.ofTheDocs(), Path.of(args[1]))
                    .sizes(512, 2048)
                    .invocations(3)
                    .build()
                    .tune()
                    .toText());
        }
    }
}
