// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Rows made up for a run that only warms up: with keys that may or may not be in a catalog. Immutable. */
final class PrimingRows implements ByteSource {

    private static final int ROWS = 1000;

    private final byte[] csv;

    private PrimingRows(String csv) {
        this.csv = csv.getBytes(StandardCharsets.UTF_8);
    }

    static PrimingRows of(String keyColumn, String idColumn) {
        StringBuilder csv = new StringBuilder();
        csv.append(quoted(idColumn)).append(',').append(quoted(keyColumn)).append(",nombre\n");
        for (int i = 0; i < ROWS; i++) {
            csv.append(i).append(String.format(",%02dDPR%04dV,\"Ana \"\"%d\"\"\"%n", 1 + i % 32, i, i));
        }
        return new PrimingRows(csv.toString());
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    @Override
    public String location() {
        return "rows in memory";
    }

    @Override
    public SourceVersion version() {
        return new SourceVersion(location(), csv.length, "priming", true);
    }

    @Override
    public InputStream open(SourceVersion version, long byteOffset) {
        return new ByteArrayInputStream(csv, (int) byteOffset, csv.length - (int) byteOffset);
    }
}
