// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest.peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.apilados.pipeline.bench.data.Participant;
import java.util.List;

/** Makes the body of a request of each batch, and drops it. For one thread. */
final class NullSink {

    /** How many participants go into a batch. */
    static final int BATCH = 100;

    /** What a request holds. */
    private record Body(List<? extends Participant> data) {}

    private final ObjectWriter json = new ObjectMapper().writerFor(Body.class);
    private long delivered;
    private long bytes;

    void deliver(List<? extends Participant> batch) throws JsonProcessingException {
        bytes += json.writeValueAsBytes(new Body(batch)).length;
        delivered += batch.size();
    }

    /** How many participants were delivered. */
    long delivered() {
        if (bytes < delivered) {
            throw new IllegalStateException("bodies of " + bytes + " bytes for " + delivered + " participants");
        }
        return delivered;
    }
}
