// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.testing.CCTsCacheContract;
import io.apilados.pipeline.testing.TextSource;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CCTsCatalogTest {

    @Nested
    class Preloaded extends CCTsCacheContract {
        @Override
        protected CCTsCache cache(Map<String, Integer> ids) {
            CCTsCatalog.Builder builder = CCTsCatalog.builder();
            ids.forEach(builder::put);
            return CCTsCache.preloaded(builder.build());
        }
    }

    @Test
    void agreesWithAMapOnManyKeysAndTakesAtMostSixteenBytesForEach() {
        SplittableRandom random = new SplittableRandom(3);
        Map<String, Integer> map = new HashMap<>();
        CCTsCatalog.Builder builder = CCTsCatalog.builder();
        while (map.size() < 100_000) {
            String key = Long.toString(random.nextLong(1L << 51), 36).toUpperCase(java.util.Locale.ROOT);
            if (map.putIfAbsent(key, map.size()) == null) {
                builder.put(key, map.size() - 1);
            }
        }
        CCTsCatalog catalog = builder.build();

        assertThat(catalog.size()).isEqualTo(100_000);
        map.forEach((key, id) -> assertThat(catalog.idOf(key)).isEqualTo(id));
        for (int i = 0; i < 100_000; i++) {
            String other = Long.toString(random.nextLong(1L << 51), 36).toUpperCase(java.util.Locale.ROOT);
            assertThat(catalog.idOf(other)).isEqualTo(map.getOrDefault(other, CCTsCatalog.ABSENT));
        }
        long packed = map.keySet().stream().filter(key -> key.length() == 10).count();
        assertThat(catalog.tableBytes()).isLessThanOrEqualTo(16 * packed);
    }

    @Test
    void loadsFromCsvInAnyOrderOfColumns() throws IOException {
        CCTsCatalog catalog =
                CCTsCatalog.load(new TextSource("\ufeffclave,nombre,id\r\n 01DPR0001V\u00a0,\"a, b\",12\r\nX,b,0\r\n"));
        assertThat(catalog.idOf("01DPR0001V")).isEqualTo(12);
        assertThat(catalog.idOf("X")).isZero();
        assertThat(catalog.size()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    id,key\\n1,A                              | line 1: no column is named 'clave'
                    id,clave\\n1,A\\nx,B                      | line 3, column id: expected a whole number
                    id,clave\\n-1,A                           | line 2, column id: expected a whole number
                    id,clave\\n2147483648,A                   | line 2, column id: expected a whole number
                    id,clave\\n1,                             | line 2, column clave: it is empty
                    id,clave\\n1,A\\n2,B\\n3,A                | line 4, column clave: the key stands on line 2 already
                    id,clave\\n1,01DPR0001V\\n1,01DPR0001V    | line 3, column clave: the key stands on line 2 already
                    id,clave\\n1                              | line 2: expected 2 fields, got 1
                    """)
    void saysWhereACatalogIsUnfit(String csv, String message) {
        assertThatThrownBy(() -> CCTsCatalog.load(new TextSource(csv.replace("\\n", "\n"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }
}
