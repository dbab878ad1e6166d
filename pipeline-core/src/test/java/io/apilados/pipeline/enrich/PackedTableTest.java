// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedTableTest {

    /** Hashes of which many share their upper half, so that the lower one decides; some are negative there. */
    private static List<Long> crowdedKeys(Random random, int keys) {
        List<Long> crowded = new ArrayList<>();
        while (crowded.size() < keys) {
            long high = random.nextInt();
            for (int i = random.nextInt(4); i >= 0; i--) {
                long key = PackedTable.key(high << 32 | (random.nextInt() & 0xffffffffL));
                if (!crowded.contains(key)) {
                    crowded.add(key);
                }
            }
        }
        return crowded;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void findsWhatWasInsertedAndNothingElse(int seed) {
        Random random = new Random(seed);
        List<Long> keys = crowdedKeys(random, 1 + random.nextInt(400));
        List<Long> others = crowdedKeys(random, 400);
        others.removeAll(keys);
        // Sometimes far too small, so that entries are pushed over its end.
        PackedTable table = new PackedTable(random.nextBoolean() ? keys.size() : 1);
        Map<Long, Integer> model = new HashMap<>();

        for (long key : keys) {
            assertThat(table.insert(key, model.size())).isTrue();
            model.put(key, model.size());
        }

        model.forEach((key, id) -> {
            assertThat(table.find(key)).isEqualTo(id);
            assertThat(table.insert(key, 7)).as("it is there already").isFalse();
        });
        others.forEach(key -> assertThat(table.find(key)).isEqualTo(CCTsCatalog.ABSENT));
    }

    @Test
    void sameKeysMakeTheSameTableWhateverTheirOrder() {
        List<Long> keys = crowdedKeys(new Random(9), 300);
        PackedTable one = new PackedTable(keys.size());
        keys.forEach(key -> one.insert(key, (int) (key & 0xff)));
        Collections.shuffle(keys, new Random(10));
        PackedTable other = new PackedTable(keys.size());
        keys.forEach(key -> other.insert(key, (int) (key & 0xff)));

        assertThat(other.slots()).isEqualTo(one.slots());
        for (int slot = 0; slot < one.slots(); slot++) {
            assertThat(other.hashAt(slot)).isEqualTo(one.hashAt(slot));
            assertThat(other.idAt(slot)).isEqualTo(one.idAt(slot));
        }
    }
}
