// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.LogType;

/**
 * An invocation that is over.
 *
 * @param error what kind of error it ended with; null if with none
 * @param payload its answer
 * @param log the last 4 KB
 */
record LambdaInvocation(@Nullable String error, String payload, String log) {

    /** Invokes, and waits for the end. */
    static LambdaInvocation of(LambdaClient client, String functionName, String payload) {
        InvokeResponse response = client.invoke(request -> request.functionName(functionName)
                .invocationType(InvocationType.REQUEST_RESPONSE)
                .logType(LogType.TAIL)
                .payload(SdkBytes.fromUtf8String(payload)));
        String log = response.logResult();
        return new LambdaInvocation(
                response.functionError(),
                response.payload() == null ? "" : response.payload().asUtf8String(),
                log == null ? "" : new String(Base64.getDecoder().decode(log), StandardCharsets.UTF_8));
    }

    LambdaReport report() throws IOException {
        return LambdaReport.parse(log);
    }
}
