// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples.crash;

import io.apilados.pipeline.examples.crash.DirtySource.BadRow.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A CSV and its catalog, and the truth about it: which rows are good, and which are bad and where they stand. Some rows
 * are malformed, some name an unknown key, some are poison to the API, now and then a whole stretch of them; some good
 * ones run over two lines.
 *
 * @param rows how many rows there are below the header
 * @param goodIds of the good rows, in order
 * @param badRows in order
 */
record DirtySource(Path file, Path catalog, int rows, List<String> goodIds, List<BadRow> badRows) {

    static final String HEADER = "id,cct,nombre,nota";

    private static final int KEYS = 200;
    private static final int STRETCH_EVERY = 1500;
    private static final int STRETCH_ROWS = 60;
    private static final int PERCENT_POISON_IN_STRETCH = 25;

    /**
     * A row that has to be in the reject file.
     *
     * @param line where it starts
     * @param byteOffset where it starts
     * @param stage where it is rejected
     */
    record BadRow(long line, long byteOffset, Stage stage) {

        /** The words of the path at which rows of this source are rejected. */
        enum Stage {
            PARSE,
            ENRICH,
            DELIVER
        }
    }

    /**
     * Writes one.
     *
     * @param percentBad how many rows in a hundred are malformed or name an unknown key
     */
    static DirtySource write(Path folder, int rows, int percentBad, long seed) throws IOException {
        Path catalog = folder.resolve("catalog.csv");
        StringBuilder keys = new StringBuilder("id,clave\n");
        for (int i = 0; i < KEYS; i++) {
            keys.append(1000 + i).append(',').append(key(i)).append('\n');
        }
        Files.writeString(catalog, keys);

        SplittableRandom random = new SplittableRandom(seed);
        List<String> good = new ArrayList<>();
        List<BadRow> bad = new ArrayList<>();
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        long line = 2;
        long offset = text.length();
        for (int i = 1; i <= rows; i++) {
            String id = "P" + i;
            boolean inStretch = i % STRETCH_EVERY < STRETCH_ROWS && i >= STRETCH_EVERY;
            String row;
            if (random.nextInt(100) < percentBad) {
                boolean malformed = random.nextBoolean();
                row = malformed ? id + "," + key(i % KEYS) + ",Ana,,sobra" : id + ",99ZZZ0000Z,Ana,";
                bad.add(new BadRow(line, offset, malformed ? Stage.PARSE : Stage.ENRICH));
            } else if (inStretch ? random.nextInt(100) < PERCENT_POISON_IN_STRETCH : random.nextInt(1000) == 0) {
                row = id + "," + key(i % KEYS) + "," + LedgerApi.POISON + ",";
                bad.add(new BadRow(line, offset, Stage.DELIVER));
            } else {
                String note = random.nextInt(50) == 0 ? "\"turno, matutino\nturno, vespertino\"" : "";
                row = id + "," + key(i % KEYS) + ",Bruno Acuna " + i + "," + note;
                good.add(id);
            }
            text.append(row).append('\n');
            line += 1 + row.chars().filter(c -> c == '\n').count();
            offset += row.length() + 1;
        }
        Path file = folder.resolve("participants.csv");
        Files.writeString(file, text, StandardCharsets.US_ASCII);
        return new DirtySource(file, catalog, rows, good, bad);
    }

    private static String key(int number) {
        return String.format(Locale.ROOT, "09DPR%04dA", number);
    }
}
