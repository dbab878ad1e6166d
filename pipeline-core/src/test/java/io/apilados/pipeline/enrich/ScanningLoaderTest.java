// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.testing.TextSource;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScanningLoaderTest {

    @Test
    void findsKeysOfAnyFormInOneReading() throws IOException, InterruptedException {
        TextSource catalog = new TextSource("id,nombre,clave\n1,a,01DPR0001V\n2,b,\" clave ñ\"\n3,c,X\n");
        assertThat(CCTsLoader.scanning(catalog).load(Set.of("01DPR0001V", "clave ñ", "none")))
                .isEqualTo(Map.of("01DPR0001V", 1, "clave ñ", 2));
        assertThat(CCTsLoader.scanning(catalog).load(Set.of())).isEmpty();
    }

    @Test
    void endsWhenAllAreFound() throws IOException, InterruptedException {
        TextSource catalog = new TextSource("id,clave\n1,A\n" + "2,some other key\n".repeat(100_000));
        assertThat(CCTsLoader.scanning(catalog).load(Set.of("A"))).isEqualTo(Map.of("A", 1));
        assertThat(catalog.bytesRead()).isLessThan(1 << 18);
    }

    @Test
    void aCatalogThatIsUnfitIsNotAskedAgain() {
        for (String csv : new String[] {"id,key\n1,A\n", "id,clave\nx,A\n", "id,clave\n1\n", "id,clave\n1,A\n2,A\n"}) {
            CCTsCache cache =
                    CCTsCache.onDemand(CCTsLoader.scanning(new TextSource(csv))).build();
            assertThatThrownBy(() -> cache.prepare(List.of("A", "B")))
                    .isInstanceOf(CatalogUnavailableException.class)
                    .rootCause()
                    .isInstanceOf(UnfitCatalogException.class)
                    .hasMessageContaining("text in memory line");
            assertThat(cache.statistics().loader().calls()).isEqualTo(1);
        }
    }
}
