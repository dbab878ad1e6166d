// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import io.apilados.pipeline.aws.s3.S3Clients;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import software.amazon.awssdk.services.s3.S3Client;

/** What start-up is measured against: a client for S3 and one object fetched whole. */
public final class BareHandler implements RequestStreamHandler {

    private final S3Client client = S3Clients.create(null);

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        try (InputStream object =
                client.getObject(get -> get.bucket("enrolments").key("participants.csv"))) {
            output.write(Integer.toString(object.readAllBytes().length).getBytes(StandardCharsets.US_ASCII));
        }
    }
}
