// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The context of an invocation that has as much time as a test says. */
final class TestContext implements Context {

    static final String ARN = "arn:aws:lambda:mx-central-1:123456789012:function:ingest:live";
    static final String REQUEST = "request-1";
    static final String TRACE = "1-5759e988-bd862e3fe1be46a994272793";

    private final IntSupplier millisLeft;

    TestContext(IntSupplier millisLeft) {
        this.millisLeft = millisLeft;
    }

    static TestContext withMillis(int left) {
        return new TestContext(() -> left);
    }

    @Override
    public String getAwsRequestId() {
        return REQUEST;
    }

    @Override
    public String getLogGroupName() {
        return "group";
    }

    @Override
    public String getLogStreamName() {
        return "stream";
    }

    @Override
    public String getFunctionName() {
        return "ingest";
    }

    @Override
    public String getFunctionVersion() {
        return "7";
    }

    @Override
    public String getInvokedFunctionArn() {
        return ARN;
    }

    @Override
    public @Nullable CognitoIdentity getIdentity() {
        return null;
    }

    @Override
    public @Nullable ClientContext getClientContext() {
        return null;
    }

    @Override
    public int getRemainingTimeInMillis() {
        return millisLeft.getAsInt();
    }

    @Override
    public int getMemoryLimitInMB() {
        return 1536;
    }

    @Override
    public String getXrayTraceId() {
        return "Root=" + TRACE + ";Parent=53995c3f42cd8ad8;Sampled=1";
    }

    @Override
    public LambdaLogger getLogger() {
        throw new UnsupportedOperationException("lines go to SLF4J");
    }
}
