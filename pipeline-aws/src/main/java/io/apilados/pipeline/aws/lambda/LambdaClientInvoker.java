// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import java.io.IOException;
import java.util.Objects;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;

/**
 * Invokes functions with the SDK's client, which the program has to have on its class path
 * ({@code software.amazon.awssdk:lambda}). Safe for use by many threads.
 */
public final class LambdaClientInvoker implements FunctionInvoker {

    private final LambdaClient client;

    /** With this client, which stays the caller's to close. */
    public LambdaClientInvoker(LambdaClient client) {
        this.client = Objects.requireNonNull(client, "client");
    }

    @Override
    public void invoke(String functionArn, byte[] event) throws IOException {
        try {
            var unused = client.invoke(request -> request.functionName(functionArn)
                    .invocationType(InvocationType.EVENT)
                    .payload(SdkBytes.fromByteArray(event)));
        } catch (SdkException e) {
            throw new IOException(
                    functionArn + ": could not be invoked (" + e.getClass().getSimpleName()
                            + "); check that its role allows lambda:InvokeFunction on itself",
                    e);
        }
    }
}
