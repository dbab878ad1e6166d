// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.deliver.BatchDelivery;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.source.ByteArray;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Has Jackson write the body of each request, and drops it; on threads of its own, as a blocking client would. */
final class JacksonBody implements BatchDelivery.Blocking<MappedParticipant> {

    private static final ObjectWriter JSON = new ObjectMapper().writerFor(Body.class);

    /** Used again for each request, as the bodies of {@code HttpDelivery} are. */
    private final ThreadLocal<ByteArray> bodies = ThreadLocal.withInitial(ByteArray::new);

    private final LongAdder bytes = new LongAdder();

    /** What a request holds. */
    record Body(List<MappedParticipant> data) {}

    BatchDelivery<MappedParticipant> delivery() {
        return BatchDelivery.blocking(this);
    }

    @Override
    public boolean letsGoOfBatches() {
        return true;
    }

    @Override
    public DeliveryOutcome deliver(Batch<MappedParticipant> batch) throws Exception {
        ByteArray body = bodies.get();
        body.truncate(0);
        JSON.writeValue(body, new Body(batch.records()));
        bytes.add(body.length());
        return DeliveryOutcome.delivered();
    }
}
