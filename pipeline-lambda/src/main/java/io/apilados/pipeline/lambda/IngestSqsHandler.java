// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.aws.lambda.SqsS3EventHandler;
import io.apilados.pipeline.lambda.IngestSettings.Continued;
import java.util.Map;

/**
 * The ready-made function for messages of a queue that name objects in S3; see {@link SqsS3EventHandler}. What it does is
 * set by its environment: {@link IngestSetting}.
 */
public final class IngestSqsHandler extends SqsS3EventHandler {

    /** For Lambda's runtime: set up by the environment. */
    public IngestSqsHandler() {
        this(System.getenv());
    }

    IngestSqsHandler(Map<String, String> environment) {
        this(new IngestFunction(environment));
    }

    private IngestSqsHandler(IngestFunction function) {
        super(function.pipeline(), function.continuation(Continued.REDELIVERED));
    }
}
