// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.aws.lambda.S3EventHandler;
import io.apilados.pipeline.lambda.IngestSettings.Continued;
import java.util.Map;

/**
 * The ready-made function for events that name objects in S3, whichever way they come; see {@link S3EventHandler}. What it
 * does is set by its environment: {@link IngestSetting}.
 */
public final class IngestS3Handler extends S3EventHandler {

    /** For Lambda's runtime: set up by the environment. */
    public IngestS3Handler() {
        this(System.getenv());
    }

    IngestS3Handler(Map<String, String> environment) {
        this(new IngestFunction(environment));
    }

    private IngestS3Handler(IngestFunction function) {
        super(function.pipeline(), function.continuation(Continued.ANSWERED));
    }
}
