// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.apilados.pipeline.PipelineListener;
import io.apilados.pipeline.deliver.RequestOutcome;
import io.apilados.pipeline.report.RunReport;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What a process did and took, as the peers' benchmark wants it. */
final class Figures implements PipelineListener {

    private static final long FIRST_SECOND_MILLIS = 1_000;
    private static final String PEAK = "VmHWM:";

    private final long startMillis;
    private final AtomicLong first = new AtomicLong();
    private final AtomicLong delivered = new AtomicLong();

    /** When the first second after the first batch was over, and how many records were delivered by then. */
    private volatile @Nullable Later later;

    /** How long requests took, of those that ended later than that. */
    private final AtomicLong requestMicros = new AtomicLong();

    Figures(long startMillis) {
        this.startMillis = startMillis;
    }

    @Override
    public void batchDelivered(int records) {
        if (later == null) {
            long sum = delivered.addAndGet(records);
            long now = System.currentTimeMillis();
            first.compareAndSet(0, now);
            if (now - first.get() >= FIRST_SECOND_MILLIS) {
                later = new Later(now, sum);
            }
        }
    }

    @Override
    public void requestEnded(int records, Duration took, RequestOutcome outcome) {
        if (later != null) {
            requestMicros.addAndGet(TimeUnit.NANOSECONDS.toMicros(took.toNanos()));
        }
    }

    /** A moment, and what had been delivered by then. */
    private record Later(long millis, long delivered) {}

    /** How many records a second were delivered after the first second; -1 if there was no more than that. */
    private long laterRecordsPerSecond(long end, RunReport report) {
        Later from = later;
        return from == null || end == from.millis
                ? -1
                : (report.delivered() - from.delivered) * 1_000 / (end - from.millis);
    }

    /**
     * How many requests were under way after the first second, in the mean: by Little's law the share of the slots that were in
     * use, whatever time the API really takes. -1 if there was no more than a second.
     */
    private double laterInFlight(long end) {
        Later from = later;
        return from == null || end == from.millis ? -1 : requestMicros.get() / 1e3 / (end - from.millis);
    }

    String result(RunReport report) throws IOException {
        long end = System.currentTimeMillis();
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return "RESULT {\"read\":" + report.read()
                + ",\"delivered\":" + report.delivered()
                + ",\"rejected\":" + report.rejected()
                + ",\"batches\":" + report.batches()
                + ",\"catalogMs\":-1,\"firstMs\":" + (first.get() - startMillis)
                + ",\"endMs\":" + (end - startMillis)
                + ",\"laterRecordsPerSecond\":" + laterRecordsPerSecond(end, report)
                + ",\"laterInFlight\":" + laterInFlight(end)
                + ",\"allocBytes\":" + allocatedBytes()
                + ",\"cpuMs\":" + system.getProcessCpuTime() / 1_000_000
                + ",\"jitMs\":" + threadMillis("C1 ", "C2 ")
                + ",\"gcMs\":" + threadMillis("GC ", "G1 ", "VM Thread")
                + ",\"peakRssKb\":" + peakResidentKilobytes() + "}";
    }

    /** What the threads that still live have allocated; the JDK tells the sum over all of them from 21 on only. */
    private static long allocatedBytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }

    private static long peakResidentKilobytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        String text = Files.isReadable(status) ? Files.readString(status) : "";
        int line = text.indexOf(PEAK);
        int end = text.indexOf(" kB", line);
        return line < 0
                ? -1
                : Long.parseLong(text.substring(line + PEAK.length(), end).strip());
    }

    /** CPU time of this process's threads whose names begin so; -1 where the system does not tell. */
    private static long threadMillis(String... names) throws IOException {
        Path tasks = Path.of("/proc/self/task");
        if (!Files.isDirectory(tasks)) {
            return -1;
        }
        long ticks = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat"));
                String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
                for (String wanted : names) {
                    if (name.startsWith(wanted)) {
                        String[] rest =
                                stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                        ticks += Long.parseLong(rest[11]) + Long.parseLong(rest[12]);
                    }
                }
            }
        }
        return ticks * 10;
    }
}
