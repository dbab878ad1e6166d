// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.enrich.CCTsCache;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every {@link CCTsCache} does. */
public abstract class CCTsCacheContract {

    /** A cache that knows these keys and no others. */
    protected abstract CCTsCache cache(Map<String, Integer> ids);

    @Test
    void findsKeysOfTheUsualFormAndOfAnyOther() {
        Map<String, Integer> ids = Map.of("01DPR0001V", 1, "12KTV6BA00", 0, "short", 7, "clave con ñ", 8);
        CCTsCache cache = cache(ids);
        ids.forEach((key, id) -> assertThat(cache.idOf(key)).isEqualTo(id));
        byte[] bytes = "x01DPR0001V,short".getBytes(StandardCharsets.US_ASCII);
        assertThat(cache.idOf(bytes, 1, 11)).isEqualTo(1);
        assertThat(cache.idOf(bytes, 12, 17)).isEqualTo(7);
    }

    @Test
    void doesNotFindWhatIsNotThere() {
        CCTsCache cache = cache(Map.of("01DPR0001V", 1));
        assertThat(cache.idOf("01DPR0001W")).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf("")).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf("01dpr0001v")).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf(new byte[10], 0, 10)).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.idOf(new byte[10], 3, 3)).isEqualTo(CCTsCache.ABSENT);
    }

    @Test
    void passesOverBlanksAroundAKeyNoBreakOnesToo() {
        CCTsCache cache = cache(Map.of("01DPR0001V", 1));
        assertThat(cache.idOf(" \t01DPR0001V\u00a0\u2007 ")).isEqualTo(1);
        byte[] bytes = "  01DPR0001V\t".getBytes(StandardCharsets.US_ASCII);
        assertThat(cache.idOf(bytes, 0, bytes.length)).isEqualTo(1);
    }

    @Test
    void countsEachLookupOnce() {
        CCTsCache cache = cache(Map.of("01DPR0001V", 1));
        assertThat(cache.statistics().hitRate()).isEqualTo(1.0);
        cache.idOf("01DPR0001V");
        cache.idOf("01DPR0001V");
        cache.idOf("01DPR0001V");
        cache.idOf("none");
        assertThat(cache.statistics()).isEqualTo(new CCTsCache.Statistics(3, 1));
        assertThat(cache.statistics().hitRate()).isEqualTo(0.75);
    }
}
