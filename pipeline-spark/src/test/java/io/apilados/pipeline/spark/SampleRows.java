// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.spark;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * Rows that are hard to split: 6 % hold lines between quotes that look like rows themselves, 29 % have doubled quotes; 2 %
 * have a key that is not in the catalog.
 *
 * @param csv the rows
 * @param catalog the keys
 * @param deliverable how many rows have a known key
 * @param rows how many there are
 */
record SampleRows(Path csv, Path catalog, int rows, int deliverable) {

    private static final int SCHOOLS = 500;

    static SampleRows write(Path folder, int rows) throws IOException {
        SplittableRandom random = new SplittableRandom(10);
        Path csv = folder.resolve("rows-" + rows + ".csv");
        Path catalog = folder.resolve("catalog.csv");
        int deliverable = 0;
        try (Writer out = Files.newBufferedWriter(csv, StandardCharsets.UTF_8)) {
            out.write("id,cct,nombre,nota\n");
            for (int i = 0; i < rows; i++) {
                boolean known = random.nextInt(50) > 0;
                deliverable += known ? 1 : 0;
                out.write("P" + i + "," + key(known ? random.nextInt(SCHOOLS) : SCHOOLS) + ",");
                out.write(random.nextInt(100) < 29 ? "\"Ana \"\"" + i + "\"\"\"" : "Bruno " + i);
                out.write(",");
                if (random.nextInt(100) < 6) {
                    out.write("\"de varias");
                    for (int line = 1 + random.nextInt(7); line > 0; line--) {
                        out.write("\nF" + i + "," + key(0) + ",falsa," + line);
                    }
                    out.write("\"\n");
                } else {
                    out.write("x".repeat(random.nextInt(60)) + "\n");
                }
            }
        }
        try (Writer out = Files.newBufferedWriter(catalog, StandardCharsets.UTF_8)) {
            out.write("id,clave\n");
            for (int school = 0; school < SCHOOLS; school++) {
                out.write(1000 + school + "," + key(school) + "\n");
            }
        }
        return new SampleRows(csv, catalog, rows, deliverable);
    }

    private static String key(int school) {
        return "%02dDPR%04dV".formatted(1 + school % 32, school);
    }

    TestJob job(Path store, String api, long splitBytes) {
        return new TestJob(csv.toString(), catalog.toString(), store.toString(), api, splitBytes);
    }
}
