// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a function has around it: a store with a catalog, an API with a ledger, and Lambda. Files have so many records,
 * named after the file; each tenth has a key that is in no catalog.
 */
final class Town implements AutoCloseable {

    static final String BUCKET = "enrolments";

    private static final int KEYS = 100;
    private static final int UNKNOWN_EVERY = 10;

    final MemoryS3 s3 = new MemoryS3();
    final LedgerApi api;
    final RuntimeApi lambda = new RuntimeApi();
    private final Map<String, String> environment = new HashMap<>();
    private final List<AutoCloseable> others = new ArrayList<>();

    Town(Duration latency) throws IOException {
        this(new LedgerApi(latency));
    }

    Town(LedgerApi api) throws IOException {
        this.api = api;
        putCatalog(KEYS);
        set(IngestSetting.PIPELINE_CATALOG, "s3://" + BUCKET + "/catalog.csv");
        set(IngestSetting.PIPELINE_TARGET, api.target().toString());
        set(IngestSetting.PIPELINE_CHECKPOINTS, "s3://" + BUCKET + "/run");
        setVariable("AWS_ENDPOINT_URL_S3", s3.endpoint().toString());
        set(IngestSetting.PIPELINE_ENVIRONMENT, "test");
    }

    Town set(IngestSetting setting, String value) {
        environment.put(setting.name(), value);
        return this;
    }

    Town setVariable(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Map<String, String> environment() {
        return environment;
    }

    /** Is closed with the town. */
    <T extends AutoCloseable> T with(T other) {
        others.add(other);
        return other;
    }

    void putCatalog(int keys) {
        StringBuilder csv = new StringBuilder("id,clave\n");
        for (int i = 0; i < keys; i++) {
            csv.append(i).append(',').append(key(i)).append('\n');
        }
        s3.put(BUCKET, "catalog.csv", csv.toString());
    }

    static String key(int number) {
        return String.format("%02dDPR%04dV", 1 + number % 32, number);
    }

    /** Puts a file; returns the event that S3 makes of that. */
    String putFile(String name, int rows) {
        StringBuilder csv = new StringBuilder("id,cct,nombre\n");
        for (int i = 0; i < rows; i++) {
            csv.append(name).append('-').append(i).append(',');
            csv.append(i % UNKNOWN_EVERY == 7 ? "99XXX0000Z" : key(i % KEYS)).append(",Ana\n");
        }
        return event(name, s3.put(BUCKET, name, csv.toString()));
    }

    static int known(int rows) {
        int known = 0;
        for (int i = 0; i < rows; i++) {
            known += i % UNKNOWN_EVERY == 7 ? 0 : 1;
        }
        return known;
    }

    static String event(String name, String etag) {
        return """
                {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put",
                "s3":{"bucket":{"name":"%s"},"object":{"key":"%s","size":1,"eTag":"%s","sequencer":"00"}}}]}""".formatted(BUCKET, name, etag).replace("\n", "");
    }

    static String messages(String... bodies) {
        StringBuilder json = new StringBuilder("{\"Records\":[");
        for (int i = 0; i < bodies.length; i++) {
            json.append(i == 0 ? "" : ",").append("{\"messageId\":\"m").append(i);
            json.append("\",\"eventSource\":\"aws:sqs\",\"body\":\"")
                    .append(bodies[i].replace("\"", "\\\""))
                    .append("\"}");
        }
        return json.append("]}").toString();
    }

    FunctionProcess start(Path java, Class<?> handler, String... options) throws IOException {
        return with(FunctionProcess.start(
                java, List.of(options), System.getProperty("java.class.path"), handler.getName(), lambda, environment));
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable other : others) {
            other.close();
        }
        lambda.close();
        api.close();
        s3.close();
    }
}
