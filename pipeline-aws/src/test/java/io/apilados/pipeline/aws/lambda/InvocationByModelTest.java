// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.apilados.pipeline.aws.testing.AwsStub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.lambda.LambdaClient;

/** A function that invokes itself does so as Lambda's model has it. */
@Timeout(60)
class InvocationByModelTest {

    private static final String ARN = "arn:aws:lambda:us-east-1:123456789012:function:ingest:live";

    @Test
    void theRequestIsAsTheModelHasIt() throws IOException {
        try (AwsStub stub = AwsStub.start();
                LambdaClient client = stub.lambdaClient()) {
            stub.lambda().function(ARN);
            stub.refuseNext("Invoke", 429, "TooManyRequestsException");

            new LambdaClientInvoker(client).invoke(ARN, "{\"objects\":[]}".getBytes(StandardCharsets.UTF_8));

            assertThat(stub.calls("Invoke")).extracting(AwsStub.Call::attempt).containsExactly(1, 2);
            assertThat(stub.calls("Invoke").get(1).input())
                    .containsEntry("FunctionName", ARN)
                    .containsEntry("InvocationType", "Event");
            assertThatIOException()
                    .isThrownBy(() -> new LambdaClientInvoker(client).invoke("another", new byte[] {'{', '}'}))
                    .withMessageContaining("another: could not be invoked");
        }
    }
}
