// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.batch.Batch;
import io.apilados.pipeline.batch.BatchSizing;
import io.apilados.pipeline.batch.RecordKeys;
import io.apilados.pipeline.deliver.DeliveryOutcome;
import io.apilados.pipeline.parse.CsvParser;
import io.apilados.pipeline.parse.CsvRow;
import io.apilados.pipeline.parse.RecordParser;
import io.apilados.pipeline.parse.ReplayParser;
import io.apilados.pipeline.report.RejectedRecords;
import io.apilados.pipeline.report.RunReport;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.testing.ScriptedDelivery;
import io.apilados.pipeline.testing.ScriptedDelivery.Reply;
import io.apilados.pipeline.testing.TextSource;
import io.apilados.pipeline.testing.VirtualScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {

    private static final String CSV = """
            id,age,nombre
            1,7,"Ana, la mayor"
            2,x,"dijo ""no""!"
            3,9
            4,y,Zoé
            """;

    private final VirtualScheduler time = new VirtualScheduler();
    private final Map<String, String> keys = new HashMap<>();
    private final ScriptedDelivery<String> api = new ScriptedDelivery<>(time, batch -> {
        note(batch);
        return Reply.of(DeliveryOutcome.delivered());
    });

    private void note(Batch<String> batch) {
        for (int i = 0; i < batch.size(); i++) {
            keys.put(batch.record(i), batch.recordKey(i));
        }
    }

    private PipelineBuilder<String> pipeline(ByteSource source, RecordParser<CsvRow> parser, Path rejects) {
        return Pipeline.from(source)
                .parse(parser)
                .enrich(row -> row.text("id") + "|" + row.integer("age") + "|" + row.text("nombre"))
                .batch(BatchSizing.fixed(10))
                .deliver(api)
                .rejects(RejectedRecords.csv(rejects))
                .scheduler(time);
    }

    @Test
    void aCorrectedRejectFileIsDeliveredWithTheKeysOfTheSource(@TempDir Path folder) throws IOException {
        TextSource source = new TextSource(CSV);
        Path rejects = folder.resolve("rejects.csv");
        RunReport first =
                pipeline(source, CsvParser.withHeader(), rejects).build().run();
        assertThat(first.rejected()).isEqualTo(3);

        Files.writeString(
                rejects, Files.readString(rejects).replace(",2,x,", ",2,8,").replace(",3,9\n", ",3,9,Eva\n"));
        RunReport second = pipeline(
                        ByteSource.file(rejects),
                        ReplayParser.of(source.version()),
                        folder.resolve("still-rejected.csv"))
                .build()
                .run();

        assertThat(second.delivered()).isEqualTo(2);
        assertThat(second.rejected()).isEqualTo(1);
        String prefix = source.version().fingerprint() + "-";
        assertThat(keys)
                .containsEntry("1|7|Ana, la mayor", prefix + Long.toHexString(CSV.indexOf("1,7")))
                .containsEntry("2|8|dijo \"no\"!", prefix + Long.toHexString(CSV.indexOf("2,x")))
                .containsEntry("3|9|Eva", prefix + Long.toHexString(CSV.indexOf("3,9")))
                .hasSize(3);
        assertThat(folder.resolve("still-rejected.csv")).hasContent("""
                        line,byte_offset,stage,code,message,id,age,nombre
                        5,%d,enrich,bad-integer,column age: expected a whole number,4,y,Zoé
                        """.formatted(CSV.indexOf("4,y")));
    }

    @Test
    void anyOtherFileIsNoRejectFile() {
        TextSource source = new TextSource(CSV);
        assertThatThrownBy(() -> pipeline(source, ReplayParser.of(source.version()), Path.of("none.csv"))
                        .build()
                        .run())
                .hasMessageContaining("it is no reject file");
    }

    @Test
    void theUsersOwnKeysNameRecordsAndBatches() {
        TextSource source = new TextSource("id,age,nombre\n1,7,a\n2,8,b\n");
        var unused = pipeline(source, CsvParser.withHeader(), Path.of("none.csv"))
                .recordKeys(RecordKeys.of(record -> "student-" + record.charAt(0)))
                .build()
                .run();
        String batchKey = api.requests().get(0).key();
        assertThat(keys).containsValues("student-1", "student-2");

        source.change();
        var unusedToo = pipeline(source, CsvParser.withHeader(), Path.of("none.csv"))
                .recordKeys(RecordKeys.of(record -> "student-" + record.charAt(0)))
                .build()
                .run();
        assertThat(api.requests().get(1).key()).isEqualTo(batchKey);
    }
}
