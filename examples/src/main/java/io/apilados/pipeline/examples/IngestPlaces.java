// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.aws.s3.S3ByteSource;
import io.apilados.pipeline.aws.s3.S3CheckpointStore;
import io.apilados.pipeline.aws.s3.S3Clients;
import io.apilados.pipeline.aws.s3.S3RejectedRecords;
import io.apilados.pipeline.aws.s3.S3RunReports;
import io.apilados.pipeline.checkpoint.CheckpointStore;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What the places on the command line stand for: files, or objects in S3. The S3 client is made when the first object is
 * named, and of the SDK no class is loaded before. Confined to one thread.
 */
final class IngestPlaces implements AutoCloseable {

    private static final String S3 = "s3://";

    private final @Nullable URI endpoint;
    private final int connections;
    private @Nullable S3Client client;

    /**
     * Makes nothing yet.
     *
     * @param endpoint null for Amazon's
     * @param readers how many threads read
     */
    IngestPlaces(@Nullable URI endpoint, int readers) {
        this.endpoint = endpoint;
        this.connections = S3Clients.DEFAULT_CONNECTIONS + readers;
    }

    static boolean isS3(@Nullable String place) {
        return place != null && place.startsWith(S3);
    }

    private S3Client client() {
        S3Client made = client;
        if (made == null) {
            made = S3Clients.builder()
                    .endpoint(endpoint)
                    .connections(connections)
                    .build();
            client = made;
        }
        return made;
    }

    /** A source that can be opened. One that cannot is a fault of the command line, told before anything else. */
    ByteSource existing(String option, String place) throws UsageException {
        try {
            ByteSource source =
                    isS3(place) ? S3ByteSource.of(client(), URI.create(place)) : ByteSource.file(Path.of(place));
            var unused = source.version();
            return source;
        } catch (IllegalArgumentException | IllegalStateException | IOException e) {
            throw new UsageException(option + " " + e.getMessage());
        }
    }

    /** A place that can be written, and that is not another one of the run: what is read would be lost. */
    void checkOutput(String option, String place, String... others) throws UsageException, IOException {
        if (isS3(place)) {
            checkObject(option, place, others);
            return;
        }
        Path file;
        try {
            file = Path.of(place).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new UsageException(option + ": is no path; name a file");
        }
        Path folder = file.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new UsageException(option + " " + place + ": its folder does not exist; make it");
        }
        if (Files.isDirectory(file)) {
            throw new UsageException(option + " " + place + ": is a directory; name a file");
        }
        for (String other : others) {
            if (isS3(other)) {
                continue;
            }
            Path another = Path.of(other).toAbsolutePath().normalize();
            boolean same = file.equals(another)
                    || (Files.exists(file) && Files.exists(another) && Files.isSameFile(file, another));
            if (same) {
                throw new UsageException(
                        option + " " + place + ": is another file of this run and would be overwritten; name another");
            }
        }
    }

    private void checkObject(String option, String place, String... others) throws UsageException {
        String location = objectLocation(option, place);
        for (String other : others) {
            if (isS3(other) && location.equals(objectLocation(option, other))) {
                throw new UsageException(option + " " + location
                        + ": is another object of this run and would be overwritten; name another");
            }
        }
    }

    private String objectLocation(String option, String place) throws UsageException {
        try {
            return S3ByteSource.of(client(), URI.create(place)).location();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UsageException(option + " " + e.getMessage());
        }
    }

    RejectedRecords rejects(String place) throws UsageException {
        try {
            return isS3(place)
                    ? S3RejectedRecords.of(client(), URI.create(place))
                    : RejectedRecords.csv(Path.of(place));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--rejects " + e.getMessage());
        }
    }

    CheckpointStore checkpoints(String place) throws UsageException {
        try {
            return isS3(place)
                    ? S3CheckpointStore.of(client(), URI.create(place))
                    : CheckpointStore.directory(Path.of(place));
        } catch (InvalidPathException e) {
            throw new UsageException("--checkpoint is no path of a folder");
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new UsageException("--checkpoint " + e.getMessage());
        }
    }

    void report(String place, RunReport report) throws IOException {
        if (isS3(place)) {
            S3RunReports.put(client(), URI.create(place), report);
        } else {
            Files.writeString(Path.of(place), report.toHtml());
        }
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
    }
}
