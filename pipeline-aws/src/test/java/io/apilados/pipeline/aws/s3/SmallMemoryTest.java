// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.apilados.pipeline.testing.GeneratedSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process with a heap of 128 MiB delivers all of an object that a server makes as it is read. */
@Timeout(1_800)
class SmallMemoryTest {

    private static final long GIBI = 1L << 30;

    @Test
    void aQuarterOfAGibibyteInASmallHeap() throws Exception {
        run(GIBI / 4, 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    @Tag("slow")
    void fiveGibibytesInASmallHeap(int rangesAtOnce) throws Exception {
        run(5 * GIBI, rangesAtOnce);
    }

    private static void run(long bytes, int rangesAtOnce) throws Exception {
        long rows = bytes / GeneratedSource.ROW_BYTES;
        GeneratedSource source = new GeneratedSource(rows);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ExecutorService threads = Executors.newCachedThreadPool();
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, source));
        server.start();
        try {
            URI endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
            ProcessBuilder builder = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            SmallMemoryMain.class.getName(),
                            endpoint.toString(),
                            Integer.toString(rangesAtOnce)))
                    .redirectErrorStream(true);
            builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            System.out.print(said);
            assertThat(process.exitValue()).as(said).isZero();
            assertThat(said).contains("read " + rows + ", delivered " + rows + ",");
        } finally {
            server.stop(0);
            threads.shutdownNow();
        }
    }

    /** HEAD, and GET with a range. */
    private static void answer(HttpExchange exchange, GeneratedSource source) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("ETag", "\"generated\"");
            String range = exchange.getRequestHeaders().getFirst("Range");
            if (exchange.getRequestMethod().equals("HEAD") || range == null) {
                exchange.getResponseHeaders().set("Content-Length", Long.toString(source.sizeBytes()));
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            String[] bounds = range.substring("bytes=".length()).split("-");
            long from = Long.parseLong(bounds[0]);
            long to = Long.parseLong(bounds[1]) + 1;
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + source.sizeBytes());
            exchange.sendResponseHeaders(206, to - from);
            byte[] block = new byte[1 << 16];
            try (InputStream in = source.open(source.version(), from);
                    OutputStream out = exchange.getResponseBody()) {
                for (long left = to - from; left > 0; ) {
                    int n = in.read(block, 0, (int) Math.min(block.length, left));
                    out.write(block, 0, n);
                    left -= n;
                }
            }
        }
    }
}
