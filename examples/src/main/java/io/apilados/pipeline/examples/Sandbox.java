// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** All that an example needs to run by itself: a folder with a catalog and participants, and an API. */
final class Sandbox implements AutoCloseable {

    private final Path folder;
    private final SampleApi api;

    private Sandbox(Path folder, SampleApi api) {
        this.folder = folder;
        this.api = api;
    }

    /** Writes the files and starts the API. The folder stays when the sandbox is closed, to be looked at. */
    static Sandbox start(int keys, int participants) throws IOException {
        Path folder = Files.createTempDirectory("apilados-");
        SampleData data = new SampleData(keys);
        data.writeCatalog(folder.resolve("catalog.csv"));
        data.writeParticipants(folder.resolve("participants.csv"), participants);
        return new Sandbox(folder, SampleApi.start());
    }

    Path folder() {
        return folder;
    }

    Path catalog() {
        return folder.resolve("catalog.csv");
    }

    Path participants() {
        return folder.resolve("participants.csv");
    }

    Path rejects() {
        return folder.resolve("rejects.csv");
    }

    SampleApi api() {
        return api;
    }

    URI target() {
        return api.uri();
    }

    @Override
    public void close() {
        api.close();
    }
}
