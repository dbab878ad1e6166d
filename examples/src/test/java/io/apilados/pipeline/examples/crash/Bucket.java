// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import io.apilados.pipeline.aws.s3.S3Clients;
import io.apilados.pipeline.aws.testing.S3ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import software.amazon.awssdk.services.s3.S3Client;

/** A bucket in a store, and what an ingestion has in it. */
record Bucket(URI endpoint, String name) {

    private String place(String key) {
        return "s3://" + name + "/" + key;
    }

    /** What {@link io.apilados.pipeline.examples.Ingest} is told, and where its process finds credentials. */
    List<String> arguments() {
        return List.of(
                "-Daws.accessKeyId=" + S3ServerProcess.ACCESS_KEY,
                "-Daws.secretAccessKey=" + S3ServerProcess.SECRET_KEY,
                "--endpoint",
                endpoint.toString(),
                "--input",
                place("participants.csv"),
                "--catalog",
                place("catalog.csv"),
                "--checkpoint",
                place("checkpoints"),
                "--rejects",
                place("rejects.csv"));
    }

    void put(String key, Path file) {
        try (S3Client client = S3Clients.create(endpoint)) {
            var unused = client.putObject(put -> put.bucket(name).key(key), file);
        }
    }

    void get(String key, Path file) throws IOException {
        Files.deleteIfExists(file);
        try (S3Client client = S3Clients.create(endpoint)) {
            var unused = client.getObject(get -> get.bucket(name).key(key), file);
        }
    }

    /** The keys of all objects. */
    List<String> keys() {
        try (S3Client client = S3Clients.create(endpoint)) {
            return client.listObjectsV2(list -> list.bucket(name)).contents().stream()
                    .map(object -> object.key())
                    .toList();
        }
    }
}
