// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.examples.crash.ApiLedger.Resent;
import io.apilados.pipeline.examples.crash.DirtySource.BadRow;
import io.apilados.pipeline.examples.crash.Events.Kind;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * One source on its way into one API, in as many runs as it takes: all with the same arguments, one after the other.
 * Closing it kills every process that it started.
 */
final class Ingestion implements AutoCloseable {

    /** So many batches may be on their way at once, if not told otherwise. */
    static final int IN_FLIGHT = 8;

    private final Path folder;
    private final Path apiFolder;
    private final long seed;
    private final Events events = new Events();
    private final List<AutoCloseable> started = new ArrayList<>();
    private final List<IngestProcess> runs = new ArrayList<>();
    private final DirtySource source;
    private LedgerApiProcess api;
    private Path checkpoint;
    private Path rejects;
    private String batch = "10:50:200";
    private String patience = "5s";
    private int concurrency = IN_FLIGHT;
    private @Nullable Bucket bucket;

    /** Starts the API. */
    Ingestion(Path folder, DirtySource source, long seed) throws IOException {
        this.folder = folder;
        this.source = source;
        this.seed = seed;
        this.checkpoint = Files.createDirectories(folder.resolve("checkpoint"));
        this.rejects = folder.resolve("rejects.csv");
        this.apiFolder = Files.createDirectories(folder.resolve("api"));
        this.api = startApi(0);
    }

    Ingestion checkpointIn(Path place) {
        checkpoint = place;
        return this;
    }

    Ingestion rejectsIn(Path place) {
        rejects = place;
        return this;
    }

    Ingestion batches(String minInitialMax) {
        batch = minInitialMax;
        return this;
    }

    Ingestion patience(String duration) {
        patience = duration;
        return this;
    }

    Ingestion concurrency(int batchesAtOnce) {
        concurrency = batchesAtOnce;
        return this;
    }

    /** From now on everything is in a bucket: source, catalog, checkpoints and rejected records. */
    Ingestion in(Bucket place) {
        place.put("participants.csv", source.file());
        place.put("catalog.csv", source.catalog());
        bucket = place;
        return this;
    }

    /** From now on changes in the folder of the checkpoint are events. */
    void watchCheckpoint() throws IOException {
        WatchService watch = checkpoint.getFileSystem().newWatchService();
        started.add(watch);
        checkpoint.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        Thread watcher = new Thread(
                () -> {
                    try {
                        while (true) {
                            WatchKey key = watch.take();
                            key.pollEvents().forEach(event -> events.add(Kind.CHECKPOINT, 0));
                            key.reset();
                        }
                    } catch (ClosedWatchServiceException | InterruptedException e) {
                        // There is nothing to watch any more.
                    }
                },
                "checkpoint-watcher");
        watcher.setDaemon(true);
        watcher.start();
    }

    private LedgerApiProcess startApi(int port) throws IOException {
        LedgerApiProcess process = LedgerApiProcess.start(port, apiFolder, seed, events);
        started.add(process);
        return process;
    }

    Path folder() {
        return folder;
    }

    DirtySource source() {
        return source;
    }

    Path rejects() {
        return rejects;
    }

    LedgerApiProcess api() {
        return api;
    }

    /** Kills the API, and lets another take its place on the same port: one that stands by, or one that is started only then. */
    void replaceApi(boolean standsBy) throws IOException, InterruptedException {
        int port = api.port();
        LedgerApiProcess before = api;
        if (standsBy) {
            api = startApi(port);
            api.awaitStandsBy();
            before.close();
        } else {
            before.close();
            api = startApi(port);
        }
    }

    Events events() {
        return events;
    }

    List<IngestProcess> runs() {
        return runs;
    }

    ApiLedger ledger() throws IOException {
        return ApiLedger.read(apiFolder);
    }

    /** The next run. */
    IngestProcess start() throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "--target",
                "http://127.0.0.1:" + api.port() + "/records",
                "--concurrency",
                Integer.toString(concurrency),
                "--batch",
                batch,
                "--patience",
                patience));
        arguments.addAll(places());
        IngestProcess run = IngestProcess.start(runs.size() + 1, arguments, folder, events);
        started.add(run);
        runs.add(run);
        return run;
    }

    private List<String> places() {
        if (bucket != null) {
            return bucket.arguments();
        }
        return List.of(
                "--input",
                source.file().toString(),
                "--catalog",
                source.catalog().toString(),
                "--checkpoint",
                checkpoint.toString(),
                "--rejects",
                rejects.toString());
    }

    /** Runs until a run completes, and returns it; runs that stop are run again. */
    IngestProcess complete() throws IOException, InterruptedException {
        while (true) {
            IngestProcess run = start();
            int code = run.exitCode();
            if (code != IngestProcess.STOPPED) {
                assertThat(code).as(run.describe()).isIn(IngestProcess.COMPLETED, IngestProcess.COMPLETED_WITH_REJECTS);
                return run;
            }
        }
    }

    /** How many good records were never applied. */
    long lost(ApiLedger ledger) {
        return source.goodIds().stream()
                .filter(id -> !ledger.timesApplied().containsKey(id))
                .count();
    }

    /** How many times too often records were applied. */
    static long appliedAgain(ApiLedger ledger) {
        return ledger.timesApplied().values().stream()
                .mapToLong(times -> times - 1)
                .sum();
    }

    /** What every run sent that an earlier one had sent, by the number of the run, from the second on. */
    Map<Integer, Resent> resent(ApiLedger ledger) {
        Map<Integer, Resent> resent = new HashMap<>();
        for (IngestProcess run : runs.subList(1, runs.size())) {
            resent.put(run.number(), ledger.resentBy(run.number()));
        }
        return resent;
    }

    /** Compares the books of the API, the reject file and the last run's summary with the source. */
    void assertNothingLost() throws IOException {
        IngestProcess last = runs.get(runs.size() - 1);
        ApiLedger ledger = ledger();
        assertThat(lost(ledger)).as("records lost").isZero();
        assertThat(appliedAgain(ledger)).as("records applied twice").isZero();
        Set<String> applied = new HashSet<>(ledger.timesApplied().keySet());
        source.goodIds().forEach(applied::remove);
        assertThat(applied).as("bad records applied").isEmpty();
        assertRejectsAreWhole();
        assertThat(last.summary())
                .as(last.describe())
                .containsEntry("status", "COMPLETED")
                .containsEntry("read", Integer.toString(source.rows()))
                .containsEntry("delivered", Integer.toString(source.goodIds().size()))
                .containsEntry("rejected", Integer.toString(source.badRows().size()))
                .containsEntry("filtered", "0")
                .containsEntry("unsettled", "0");
    }

    /** The header once, and every bad row once, in the order of the source. */
    private void assertRejectsAreWhole() throws IOException {
        if (bucket != null) {
            bucket.get("rejects.csv", rejects);
        }
        List<String> found = new ArrayList<>();
        try (Reader reader = Files.newBufferedReader(rejects);
                CSVParser parser = CSVParser.parse(reader, CSVFormat.RFC4180)) {
            for (CSVRecord record : parser) {
                found.add(record.get(0) + " " + record.get(1) + " " + record.get(2));
            }
        }
        List<String> expected = new ArrayList<>();
        expected.add("line byte_offset stage");
        for (BadRow row : source.badRows()) {
            String stage = row.stage().name().toLowerCase(Locale.ROOT);
            expected.add(row.line() + " " + row.byteOffset() + " " + stage);
        }
        assertThat(found).as("reject file").isEqualTo(expected);
        assertThat(Files.readAllLines(rejects).get(0)).endsWith("," + DirtySource.HEADER);
    }

    @Override
    public void close() throws IOException {
        for (AutoCloseable one : started) {
            try {
                one.close();
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException("closing " + one + " failed", e);
            }
        }
    }
}
