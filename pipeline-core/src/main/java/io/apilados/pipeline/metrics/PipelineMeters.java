// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.metrics;

import io.apilados.pipeline.control.CircuitBreaker;
import io.apilados.pipeline.control.MemoryUsage;
import io.apilados.pipeline.deliver.RequestOutcome;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCache.Statistics;
import io.apilados.pipeline.enrich.CCTsCache.TierStatistics;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.report.RunStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of {@link PipelineMeter} in one registry. All pipelines with the same registry and tags share them: counters
 * add up, gauges are the sum over the runs under way, but for memory, which is that of the process.
 *
 * <p>What happens for each record changes no meter; counters move when a batch is cut or comes to its end. Safe for use by
 * many threads.
 */
public final class PipelineMeters {

    /** A delivery may make up reasons without end; a time series for each would be the end of the system behind. */
    private static final int MOST_REASONS = 50;

    private static final String OTHER = "other";

    /** Held by the gauges of their registry, and so as long as that is; not from here. */
    private static final Map<MeterRegistry, Map<Map<String, String>, WeakReference<PipelineMeters>>> ALL =
            new WeakHashMap<>();

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<RunView> runs = new CopyOnWriteArrayList<>();

    private final Counter read;
    private final Counter bytesRead;
    private final Counter delivered;
    private final Counter rejected;
    private final Counter filtered;
    private final Counter unsettled;
    private final DistributionSummary batchSize;
    private final Timer batchDuration;
    private final Map<RequestOutcome, Timer> requests = new EnumMap<>(RequestOutcome.class);
    private final Map<String, Counter> rejects = new ConcurrentHashMap<>();
    private final Map<String, Counter> retries = new ConcurrentHashMap<>();

    private final ReentrantLock cachesLock = new ReentrantLock();
    private final Map<CCTsCache, Map<String, Watched>> watched = new WeakHashMap<>();

    private PipelineMeters(MeterRegistry registry, Map<String, String> given) {
        this.registry = registry;
        Tags all = Tags.empty();
        for (Map.Entry<String, String> tag : given.entrySet()) {
            all = all.and(tag.getKey(), tag.getValue());
        }
        this.tags = all;
        this.read = counter(PipelineMeter.RECORDS_READ);
        this.bytesRead = counter(PipelineMeter.BYTES_READ);
        this.delivered = counter(PipelineMeter.RECORDS, "outcome", "delivered");
        this.rejected = counter(PipelineMeter.RECORDS, "outcome", "rejected");
        this.filtered = counter(PipelineMeter.RECORDS, "outcome", "filtered");
        this.unsettled = counter(PipelineMeter.RECORDS, "outcome", "unsettled");
        this.batchSize = DistributionSummary.builder(PipelineMeter.BATCH_SIZE.meterName())
                .description(PipelineMeter.BATCH_SIZE.description())
                .baseUnit(PipelineMeter.BATCH_SIZE.unit())
                .tags(tags)
                .register(registry);
        this.batchDuration = timer(PipelineMeter.BATCH_DURATION);
        for (RequestOutcome outcome : RequestOutcome.values()) {
            requests.put(outcome, timer(PipelineMeter.REQUEST_DURATION, "outcome", word(outcome)));
        }
        gauge(PipelineMeter.RUNS_ACTIVE, meters -> meters.runs.size());
        gauge(PipelineMeter.IN_FLIGHT, meters -> meters.sum(RunView::inFlight));
        gauge(PipelineMeter.BATCH_LIMIT, meters -> meters.sum(RunView::batchSize));
        gauge(PipelineMeter.CONCURRENCY_LIMIT, meters -> meters.sum(RunView::concurrencyLimit));
        gauge(PipelineMeter.CHECKPOINT_LAG, meters -> meters.sum(RunView::checkpointLag));
        for (CircuitBreaker.State state : CircuitBreaker.State.values()) {
            gauge(
                    PipelineMeter.BREAKER_STATE,
                    meters -> meters.sum(run -> run.breaker() == state ? 1 : 0),
                    "state",
                    word(state));
        }
        gauge(
                PipelineMeter.MEMORY_PRESSURE,
                meters -> meters.greatest(run -> run.memoryPressure().ordinal()));
        gauge(
                PipelineMeter.MEMORY_HEAP_USED,
                meters -> Runtime.getRuntime().totalMemory()
                        - (double) Runtime.getRuntime().freeMemory());
        gauge(
                PipelineMeter.MEMORY_LIVE,
                meters -> meters.ofMemory(usage -> usage.liveSet().orElse(0)));
        gauge(
                PipelineMeter.MEMORY_RESIDENT,
                meters -> meters.ofMemory(usage -> usage.resident().orElse(0)));
    }

    /**
     * The meters in this registry with these tags; made when they are first asked for.
     *
     * @param tags further tags of all meters, names and values; few values, as for all tags
     */
    public static PipelineMeters in(MeterRegistry registry, Map<String, String> tags) {
        Map<String, String> given = Map.copyOf(tags);
        synchronized (ALL) {
            var ofRegistry = ALL.computeIfAbsent(registry, unused -> new HashMap<>());
            WeakReference<PipelineMeters> known = ofRegistry.get(given);
            PipelineMeters meters = known == null ? null : known.get();
            if (meters == null) {
                meters = new PipelineMeters(registry, given);
                ofRegistry.put(given, new WeakReference<>(meters));
            }
            return meters;
        }
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private Counter counter(PipelineMeter meter, String... own) {
        return Counter.builder(meter.meterName())
                .description(meter.description())
                .baseUnit(meter.unit())
                .tags(tags.and(own))
                .register(registry);
    }

    private Timer timer(PipelineMeter meter, String... own) {
        return Timer.builder(meter.meterName())
                .description(meter.description())
                .tags(tags.and(own))
                .register(registry);
    }

    private void gauge(PipelineMeter meter, ToDoubleFunction<PipelineMeters> value, String... own) {
        Gauge unused = Gauge.builder(meter.meterName(), this, value)
                .description(meter.description())
                .baseUnit(meter.unit())
                .tags(tags.and(own))
                .strongReference(true)
                .register(registry);
    }

    private double sum(ToDoubleFunction<RunView> figure) {
        return runs.stream().mapToDouble(figure).sum();
    }

    private double greatest(ToDoubleFunction<RunView> figure) {
        return runs.stream().mapToDouble(figure).max().orElse(0);
    }

    private double ofMemory(ToDoubleFunction<MemoryUsage> figure) {
        return greatest(run -> {
            MemoryUsage usage = run.memory();
            return usage == null ? 0 : figure.applyAsDouble(usage);
        });
    }

    /** A run begins. */
    public void runStarted(RunView run) {
        runs.add(run);
    }

    /** A run has ended. */
    public void runEnded(@Nullable RunView run, RunReport report) {
        if (run != null) {
            runs.remove(run);
        }
        unsettled.increment(report.unsettled());
        timer(PipelineMeter.RUN_DURATION, "status", word(status(report))).record(report.elapsed());
    }

    private static RunStatus status(RunReport report) {
        return report.status();
    }

    /** A stretch of the source was gone through. */
    public void recordsRead(long records, long unwanted, long bytes) {
        read.increment(records);
        filtered.increment(unwanted);
        bytesRead.increment(bytes);
    }

    /** So many records arrived. */
    public void delivered(int records) {
        delivered.increment(records);
    }

    /** A record was put aside. */
    public void rejected(String stage) {
        rejected.increment();
        Counter byStage = rejects.get(stage);
        if (byStage == null) {
            byStage = rejects.computeIfAbsent(stage, name -> counter(PipelineMeter.REJECTS, "stage", name));
        }
        byStage.increment();
    }

    /** A request is over. */
    public void requestEnded(Duration duration, RequestOutcome outcome) {
        Timer timer = requests.get(outcome);
        if (timer != null) {
            timer.record(duration);
        }
    }

    /** A request will be made again. */
    public void retrying(String reason) {
        Counter counter = retries.get(reason);
        if (counter == null) {
            String known = retries.size() < MOST_REASONS ? reason : OTHER;
            counter = retries.computeIfAbsent(known, name -> counter(PipelineMeter.RETRIES, "reason", name));
        }
        counter.increment();
    }

    /** A batch came to its end. */
    public void batchSettled(int records, Duration duration) {
        batchSize.record(records);
        batchDuration.record(duration);
    }

    /** Counts what these caches have answered since they were last looked at, by whomever. */
    public void lookups(Set<CCTsCache> caches) {
        cachesLock.lock();
        try {
            for (CCTsCache cache : caches) {
                Map<String, Watched> figures = watched.computeIfAbsent(cache, unused -> new HashMap<>());
                Statistics now = cache.statistics();
                count(figures, "all", now.hits(), now.misses());
                for (TierStatistics tier : now.tiers()) {
                    count(figures, tier.name(), tier.hits(), tier.misses());
                }
                long failures = now.loader().failures();
                figure(figures, PipelineMeter.CCT_LOADS, "result", "answered")
                        .is(now.loader().calls() - failures);
                figure(figures, PipelineMeter.CCT_LOADS, "result", "failed").is(failures);
            }
        } finally {
            cachesLock.unlock();
        }
    }

    private void count(Map<String, Watched> figures, String tier, long hits, long misses) {
        figure(figures, PipelineMeter.CCT_LOOKUPS, "result", "hit", "tier", tier)
                .is(hits);
        figure(figures, PipelineMeter.CCT_LOOKUPS, "result", "miss", "tier", tier)
                .is(misses);
    }

    private Watched figure(Map<String, Watched> figures, PipelineMeter meter, String... own) {
        String name = meter.meterName() + String.join(" ", own);
        return figures.computeIfAbsent(name, unused -> new Watched(counter(meter, own)));
    }

    /** A sum that somebody else keeps, and how much of it is counted. */
    private static final class Watched {
        private final Counter counter;
        private long counted;

        Watched(Counter counter) {
            this.counter = counter;
        }

        void is(long sum) {
            counter.increment(Math.max(0, sum - counted));
            counted = sum;
        }
    }
}
