// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import io.apilados.pipeline.examples.crash.Events.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A {@link LedgerApi} in a process of its own. */
final class LedgerApiProcess implements AutoCloseable {

    private static final long READY_WITHIN_SECONDS = 60;

    private final Process process;
    private final Events events;
    private final CompletableFuture<Boolean> standsBy = new CompletableFuture<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    private LedgerApiProcess(Process process, Events events) {
        this.process = process;
        this.events = events;
        Thread listener = new Thread(this::listen, "ledger-api-events");
        listener.setDaemon(true);
        listener.start();
    }

    /** Starts one; on a port that is taken it waits until it is free. */
    static LedgerApiProcess start(int port, Path folder, long seed, Events events) throws IOException {
        Process process = new ProcessBuilder(JavaCommand.of(
                        LedgerApi.class.getName(),
                        "-Dsun.net.httpserver.nodelay=true",
                        Integer.toString(port),
                        folder.toString(),
                        Long.toString(seed)))
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("api.err").toFile()))
                .start();
        return new LedgerApiProcess(process, events);
    }

    private void listen() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String first = lines.readLine();
            if (LedgerApi.STANDS_BY.equals(first)) {
                standsBy.complete(true);
                first = lines.readLine();
            }
            if (first == null) {
                throw new IOException("the API printed no port");
            }
            port.complete(Integer.parseInt(first));
            standsBy.complete(false);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int space = line.indexOf(' ');
                Kind kind = Kind.valueOf(line.substring(0, space).toUpperCase(Locale.ROOT));
                events.add(kind, Long.parseLong(line.substring(space + 1)));
            }
        } catch (IOException e) {
            port.completeExceptionally(e);
            standsBy.completeExceptionally(e);
        }
    }

    /** Waits until it waits for its port. */
    void awaitStandsBy() throws InterruptedException {
        if (!result(standsBy)) {
            throw new AssertionError("the API did not stand by: the port was free");
        }
    }

    /** Waits until it can be called. */
    int port() throws InterruptedException {
        return result(port);
    }

    private static <V> V result(CompletableFuture<V> future) throws InterruptedException {
        try {
            return future.get(READY_WITHIN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("the API did not come up", e);
        }
    }

    void busy(int requests) throws IOException {
        tell("busy " + requests);
    }

    void hold() throws IOException {
        tell("hold");
    }

    void release() throws IOException {
        tell("release");
    }

    private void tell(String command) throws IOException {
        OutputStream commands = process.getOutputStream();
        commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        commands.flush();
    }

    /** SIGKILL. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
