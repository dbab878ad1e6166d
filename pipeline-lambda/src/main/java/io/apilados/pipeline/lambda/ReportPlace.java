// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.PipelineListener;
import io.apilados.pipeline.RunStart;
import io.apilados.pipeline.aws.s3.S3RunReports;
import io.apilados.pipeline.report.RunReport;
import java.io.IOException;
import java.net.URI;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.S3Client;

/** Puts the report of a run that did something in its place. */
final class ReportPlace implements PipelineListener {

    private final S3Client client;
    private final URI place;
    private volatile boolean begun;

    ReportPlace(S3Client client, URI place) {
        this.client = client;
        this.place = place;
    }

    @Override
    public void runStarted(RunStart start) {
        begun = true;
    }

    @Override
    public void runEnded(RunReport report) {
        if (!begun) {
            return;
        }
        try {
            S3RunReports.put(client, place, report);
        } catch (IOException e) {
            LoggerFactory.getLogger(ReportPlace.class).warn("the report could not be kept: {}", e.getMessage());
        }
    }
}
