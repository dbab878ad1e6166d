// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import io.apilados.pipeline.testing.CCTsCacheContract;
import io.apilados.pipeline.testing.TextSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoBuilderTest {

    private static final int KEYS = 20_000;

    /** What building takes at its peak: 12 bytes a key while they are gathered, and 15 in the table. */
    private static final long PEAK = 27L * KEYS;

    private static String key(int i) {
        return String.format(Locale.ROOT, "%02dDPR%04d%c", i % 32, i % 10_000, 'A' + i / 10_000);
    }

    private static TextSource catalog() {
        StringBuilder csv = new StringBuilder("id,clave\n");
        for (int i = 0; i < KEYS; i++) {
            csv.append(100_000 + i).append(',').append(key(i)).append('\n');
        }
        return new TextSource(csv.toString());
    }

    /** The same catalog from a source that does not tell its size. */
    private record Sizeless(ByteSource source) implements ByteSource {
        @Override
        public String location() {
            return source.location();
        }

        @Override
        public SourceVersion version() throws IOException {
            return new SourceVersion(location(), SourceVersion.UNKNOWN_SIZE, "", false);
        }

        @Override
        public InputStream open(SourceVersion version, long byteOffset) throws IOException {
            return source.open(version, byteOffset);
        }
    }

    private static String csv(Map<String, Integer> ids) {
        StringBuilder csv = new StringBuilder("id,clave\n");
        ids.forEach((key, id) -> csv.append(id).append(',').append(key).append('\n'));
        return csv.toString();
    }

    @Nested
    class OnDemandFromAFile extends CCTsCacheContract {
        @Override
        protected CCTsCache cache(Map<String, Integer> ids) {
            return CCTsCache.onDemand(CCTsLoader.scanning(new TextSource(csv(ids))))
                    .build();
        }
    }

    @Nested
    class Auto extends CCTsCacheContract {
        @Override
        protected CCTsCache cache(Map<String, Integer> ids) {
            try {
                return CCTsCache.auto(new TextSource(csv(ids))).build();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void preloadsWhatFitsAndSaysSo() throws IOException {
        CCTsCache cache =
                CCTsCache.auto(catalog()).availableBytes(PEAK * 10 / 7 + 20_000).build();
        assertThat(cache.notes()).containsExactly("catalog preloaded: 20,000 keys take 0.3 MB of 0.8 MB available");
        assertThat(cache.idOf(key(7))).isEqualTo(100_007);
        assertThat(cache.statistics().tiers()).extracting("name").containsExactly("table");
    }

    @Test
    void goesOnDemandWhereBuildingTheTableWouldTakeOverSeventyPercent() throws IOException {
        TextSource catalog = catalog();
        CCTsCache cache =
                CCTsCache.auto(catalog).availableBytes(PEAK * 10 / 7 - 20_000).build();
        assertThat(catalog.bytesRead()).as("it looks at the beginning only").isLessThan(1 << 18);
        assertThat(cache.notes())
                .singleElement()
                .asString()
                .matches("catalog on demand \\(some (19,9\\d\\d|20,0\\d\\d)"
                        + " keys would take 0.5 MB to build, over 70 % of 0.8 MB available\\):"
                        + " tiers of 1,000 and 10,000 keys, loaded in chunks of 1,000 records");
        assertThat(cache.idOf(key(7))).isEqualTo(100_007);
        assertThat(cache.idOf(key(KEYS))).isEqualTo(CCTsCache.ABSENT);
        assertThat(cache.chunk()).isEqualTo(1_000);
    }

    @Test
    void readsASourceOfUnknownSizeAsFarAsItFits() throws IOException {
        assertThat(CCTsCache.auto(new Sizeless(catalog()))
                        .availableBytes(10 * PEAK)
                        .build()
                        .statistics()
                        .tiers())
                .extracting("name")
                .containsExactly("table");
        assertThat(CCTsCache.auto(new Sizeless(catalog()))
                        .availableBytes(PEAK / 2)
                        .build()
                        .notes()
                        .toString())
                .contains("keys or more would take");
    }

    @Test
    void anEstimateThatIsTooLowDoesNotFillTheMemory() throws IOException {
        // Long rows first: by them, the file has some 200 keys.
        StringBuilder csv = new StringBuilder("id,clave,nombre\n");
        for (int i = 0; i < KEYS; i++) {
            csv.append(i)
                    .append(',')
                    .append(key(i))
                    .append(',')
                    .append("x".repeat(i < 100 ? 1_000 : 0))
                    .append('\n');
        }
        CCTsCache cache = CCTsCache.auto(new TextSource(csv.toString()))
                .availableBytes(PEAK / 4)
                .build();
        assertThat(cache.notes().toString()).contains("on demand").contains("keys or more would take");
    }

    @Test
    void countsKeysOfAnotherFormAtWhatTheyTake() throws IOException {
        StringBuilder csv = new StringBuilder("id,clave\n");
        for (int i = 0; i < 10_000; i++) {
            csv.append(i).append(",k-").append(i).append('\n');
        }
        assertThat(CCTsCache.auto(new TextSource(csv.toString()))
                        .availableBytes(2_000_000)
                        .build()
                        .notes()
                        .toString())
                .contains("on demand");
    }

    @Test
    void goesOnDemandOverTheRecordsThatAreAllowedWithTheLoaderAndTheSettingsGiven() throws IOException {
        CCTsCache cache = CCTsCache.auto(catalog())
                .largestCatalog(5_000)
                .loader(keys -> Map.of(key(1), 77))
                .onDemand(settings -> settings.hotKeys(10).chunk(50))
                .build();
        assertThat(cache.notes().toString())
                .contains("at most 5,000 are to be preloaded")
                .contains("tiers of 10 and");
        assertThat(cache.idOf(key(1))).isEqualTo(77);
        assertThat(cache.chunk()).isEqualTo(50);
    }

    @Test
    void refusesAnUnfitCatalogAndSettings() {
        assertThatThrownBy(
                        () -> CCTsCache.auto(new TextSource("id,clave\nx,A\n")).build())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 2, column id");
        assertThatThrownBy(() -> CCTsCache.auto(catalog()).memoryShare(0))
                .hasMessage("memoryShare was 0.0 but it must be more than 0 and at most 1");
    }

    @Test
    void measuresMemoryWithinTheHeap() {
        assertThat(AvailableMemory.bytes())
                .isPositive()
                .isLessThanOrEqualTo(Runtime.getRuntime().maxMemory());
    }

    @Test
    void takesASavedCatalogIfItFitsAndOtherwiseWantsALoader(@TempDir Path directory) throws IOException {
        Path saved = directory.resolve("catalog");
        CCTsCatalog.load(catalog()).saveTo(saved);
        ByteSource source = ByteSource.file(saved);
        assertThat(CCTsCache.auto(source).build().idOf(key(7))).isEqualTo(100_007);
        assertThat(CCTsCache.auto(source)
                        .availableBytes(PEAK)
                        .loader(keys -> Map.of(key(7), 1))
                        .build()
                        .idOf(key(7)))
                .isEqualTo(1);
        assertThatThrownBy(() -> CCTsCache.auto(source).availableBytes(PEAK).build())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a saved catalog cannot be read on demand");
    }
}
