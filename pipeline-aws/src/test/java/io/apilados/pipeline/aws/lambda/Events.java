// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.lambda;

import io.apilados.pipeline.enrich.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Events as the services send them, less the members that nobody reads. */
final class Events {

    private Events() {}

    /** Of S3, with keys as it encodes them. */
    static String ofS3(String... encodedKeys) {
        List<String> records = new ArrayList<>();
        for (String key : encodedKeys) {
            records.add(record("ObjectCreated:Put", key, "\"eTag\":\"tag-" + key + "\","));
        }
        return "{\"Records\":[" + String.join(",", records) + "]}";
    }

    static String record(String eventName, String encodedKey, String members) {
        return """
                {"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"mx-central-1","eventTime":"2026-11-30T08:00:00.000Z",
                 "eventName":"%s","userIdentity":{"principalId":"AWS:ROLE"},"requestParameters":{"sourceIPAddress":"10.0.0.1"},
                 "s3":{"s3SchemaVersion":"1.0","configurationId":"csv","bucket":{"name":"enrolments","arn":"arn:aws:s3:::enrolments"},
                       "object":{"key":"%s","size":1024,%s"sequencer":"0055AED6DCD90281E5"}}}""".formatted(eventName, encodedKey, members);
    }

    /** Of a queue: each body a message, named {@code m0}, {@code m1} and so on. */
    static String ofQueue(String... bodies) {
        List<String> records = new ArrayList<>();
        for (int i = 0; i < bodies.length; i++) {
            records.add("{\"messageId\":\"m" + i + "\",\"receiptHandle\":\"handle\",\"body\":" + quoted(bodies[i])
                    + ",\"attributes\":{\"ApproximateReceiveCount\":\"1\"},\"eventSource\":\"aws:sqs\"}");
        }
        return "{\"Records\":[" + String.join(",", records) + "]}";
    }

    static String quoted(String text) {
        JsonBuffer json = new JsonBuffer().string(text);
        return new String(json.copy(0, json.length()), StandardCharsets.UTF_8);
    }
}
