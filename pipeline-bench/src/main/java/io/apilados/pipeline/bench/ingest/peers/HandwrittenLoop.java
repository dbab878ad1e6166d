// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest.peers;

import io.apilados.pipeline.bench.data.Participant;
import io.apilados.pipeline.bench.data.Participants;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** A loop over Commons CSV with a {@code HashMap} and Jackson: what one writes in an afternoon. */
public final class HandwrittenLoop implements IngestJob {

    @Override
    public long run(Path csv, Path catalog, Path rejects) throws IOException {
        Map<String, Integer> schools = Schools.load(catalog);
        NullSink sink = new NullSink();
        List<Participant> batch = new ArrayList<>(NullSink.BATCH);
        try (BufferedReader in = Files.newBufferedReader(csv);
                CSVParser rows = Schools.parse(in);
                RejectFile rejected = new RejectFile(rejects)) {
            for (CSVRecord row : rows) {
                if (row.size() < Participants.COLUMNS.size()) {
                    rejected.reject(rows.getCurrentLineNumber(), RejectFile.TOO_FEW_FIELDS, row.toList());
                    continue;
                }
                Integer school = schools.get(row.get(Participants.KEY_COLUMN));
                if (school == null) {
                    rejected.reject(rows.getCurrentLineNumber(), RejectFile.UNKNOWN_KEY, row.toList());
                    continue;
                }
                batch.add(Participant.of(row::get, school));
                if (batch.size() == NullSink.BATCH) {
                    sink.deliver(batch);
                    batch.clear();
                }
            }
            if (!batch.isEmpty()) {
                sink.deliver(batch);
            }
        }
        return sink.delivered();
    }
}
