// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.metrics;

import java.util.List;

/** All meters that a pipeline has, with their kinds, units and tags. Every tag has few values. */
public enum PipelineMeter {
    /** Records by how they ended. */
    RECORDS("pipeline.records", Kind.COUNTER, "records", "Records by how they ended", "outcome"),
    /** Records that were read. */
    RECORDS_READ("pipeline.records.read", Kind.COUNTER, "records", "Records that were read, malformed ones included"),
    /** Rejected records by where on the path they ended. */
    REJECTS("pipeline.rejects", Kind.COUNTER, "records", "Rejected records by where they ended", "stage"),
    /** Bytes of the source. */
    BYTES_READ("pipeline.bytes.read", Kind.COUNTER, "bytes", "Bytes of the source that were gone through"),
    /** How large batches were. */
    BATCH_SIZE("pipeline.batch.size", Kind.SUMMARY, "records", "Records of the batches that came to their end"),
    /** How long batches took. */
    BATCH_DURATION(
            "pipeline.batch.duration",
            Kind.TIMER,
            "seconds",
            "From a batch's first request to its end, with its retries"),
    /** How long requests took. */
    REQUEST_DURATION(
            "pipeline.request.duration", Kind.TIMER, "seconds", "From a request's beginning to its end", "outcome"),
    /** Requests that are made again. */
    RETRIES("pipeline.retries", Kind.COUNTER, "requests", "Requests that had to be made again", "reason"),
    /** Open batches. */
    IN_FLIGHT("pipeline.inflight", Kind.GAUGE, "batches", "Batches on their way or waiting to be sent again"),
    /** The size of the next batch. */
    BATCH_LIMIT("pipeline.batch.limit", Kind.GAUGE, "records", "Records that the next batch takes"),
    /** How many requests may be made at once. */
    CONCURRENCY_LIMIT("pipeline.concurrency.limit", Kind.GAUGE, "requests", "Requests that may be made at once now"),
    /** How far the checkpoint is behind. */
    CHECKPOINT_LAG(
            "pipeline.checkpoint.lag",
            Kind.GAUGE,
            "bytes",
            "Bytes of the source that were read and are not below the position from which a run would go on"),
    /** The breaker's state. */
    BREAKER_STATE(
            "pipeline.breaker.state",
            Kind.GAUGE,
            "pipelines",
            "1 for the state that the circuit breaker is in, else 0; with several runs, in how many it is",
            "state"),
    /** Lookups in the cache of school keys. */
    CCT_LOOKUPS(
            "pipeline.cct.lookups",
            Kind.COUNTER,
            "lookups",
            "Lookups of keys by the tier that was asked and whether it had an answer; the tier 'all' is the cache as a whole",
            "tier",
            "result"),
    /** What a cache asked its loader for. */
    CCT_LOADS("pipeline.cct.loads", Kind.COUNTER, "calls", "Calls of the loader behind a cache of keys", "result"),
    /** The pressure on memory. */
    MEMORY_PRESSURE("pipeline.memory.pressure", Kind.GAUGE, "level", "0 none, 1 high, 2 critical: the run obeys it"),
    /** The used heap. */
    MEMORY_HEAP_USED("pipeline.memory.heap.used", Kind.GAUGE, "bytes", "The heap in use, garbage included"),
    /** The live set. */
    MEMORY_LIVE("pipeline.memory.live", Kind.GAUGE, "bytes", "What the last collection of the old generation left"),
    /** The resident set. */
    MEMORY_RESIDENT("pipeline.memory.resident", Kind.GAUGE, "bytes", "The resident set of the process"),
    /** Runs that are under way. */
    RUNS_ACTIVE("pipeline.runs.active", Kind.GAUGE, "runs", "Runs that are under way"),
    /** How long runs took. */
    RUN_DURATION("pipeline.run.duration", Kind.TIMER, "seconds", "Runs by how they ended", "status");

    /** What kinds of meters there are. */
    public enum Kind {
        /** Only grows. */
        COUNTER,
        /** Counts and adds up durations. */
        TIMER,
        /** Counts and adds up amounts. */
        SUMMARY,
        /** What is now. */
        GAUGE
    }

    private final String meterName;
    private final Kind kind;
    private final String unit;
    private final String description;
    private final List<String> tags;

    PipelineMeter(String meterName, Kind kind, String unit, String description, String... tags) {
        this.meterName = meterName;
        this.kind = kind;
        this.unit = unit;
        this.description = description;
        this.tags = List.of(tags);
    }

    /** Its name in Micrometer's form; a registry writes it as its system wants it. */
    public String meterName() {
        return meterName;
    }

    /** Its kind. */
    public Kind kind() {
        return kind;
    }

    /** What it is measured in. */
    public String unit() {
        return unit;
    }

    /** What it means, in one sentence. */
    public String description() {
        return description;
    }

    /** The tags that it has, beside those that the user gave. */
    public List<String> tags() {
        return tags;
    }
}
