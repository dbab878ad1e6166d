// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import io.apilados.pipeline.parse.RecordParser;
import io.apilados.pipeline.source.ByteSource;
import java.util.List;
import java.util.Objects;

/** A pipeline that knows where the bytes are; next: what a record is. */
public final class SourceStage {

    private final ByteSource source;

    SourceStage(ByteSource source) {
        this.source = source;
    }

    /** How bytes become records. */
    public <R> RecordStage<R> parse(RecordParser<R> parser) {
        Objects.requireNonNull(parser, "parser");
        return new RecordStage<>(source, parser, RecordStep.NONE, null, List.of());
    }
}
