// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.control.Scheduler;
import io.apilados.pipeline.report.RunReport;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import software.amazon.awssdk.services.s3.S3Client;

/** Puts reports of runs where people and programs find them. Safe for use by many threads. */
public final class S3RunReports {

    private S3RunReports() {}

    /**
     * Puts a report at {@code s3://bucket/key}, in the place of what is there: as JSON if the key ends with {@code .json},
     * else as a page in HTML. Doing it again changes nothing.
     *
     * @throws IllegalArgumentException if the URI has another form
     * @throws IOException if it could not be put there; needs {@code s3:PutObject}
     */
    public static void put(S3Client client, URI location, RunReport report) throws IOException {
        S3Location at = S3Location.ofObject(location);
        String text = at.key().toLowerCase(Locale.ROOT).endsWith(".json") ? report.toJson() : report.toHtml();
        SmallObjects objects = new SmallObjects(client, new S3Location(at.bucket(), ""), Scheduler.system());
        String unused = objects.write(at.key(), text.getBytes(StandardCharsets.UTF_8));
    }
}
