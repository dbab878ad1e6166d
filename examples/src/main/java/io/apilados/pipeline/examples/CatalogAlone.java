// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** School keys looked up in each of the three ways. */
public final class CatalogAlone {

    private CatalogAlone() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path csv = Files.createTempFile("catalog", ".csv");
        Path packed = Files.createTempFile("catalog", ".packed");
        try {
            Files.writeString(csv, "id,clave\n7,01DPR0001V\n8,01DPR0002U\n");

            CCTsCatalog catalog = CCTsCatalog.load(ByteSource.file(csv));
            catalog.saveTo(packed);
            CCTsCache preloaded = CCTsCache.preloaded(CCTsCatalog.loadPacked(packed));
            System.out.println(
                    "preloaded: " + preloaded.idOf("01DPR0001V") + ", unknown: " + preloaded.idOf("99XXX0000X"));

            CCTsCache onDemand =
                    CCTsCache.onDemand(keys -> Map.of("01DPR0002U", 8)).build();
            onDemand.prepare(List.of("01DPR0002U", "99XXX0000X"));
            System.out.println("on demand: " + onDemand.idOf("01DPR0002U") + ", loader asked "
                    + onDemand.statistics().loader().calls() + " time");

            CCTsCache auto = CCTsCache.auto(ByteSource.file(csv)).build();
            System.out.println("chosen: " + auto.notes().get(0));
        } finally {
            Files.delete(csv);
            Files.delete(packed);
        }
    }
}
