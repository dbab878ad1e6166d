// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.data;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/** Made-up school keys: one of 32 states, one of twelve kinds of school, a number and a letter. */
public final class CatalogKeys {

    private static final String[] KINDS = {
        "DPR", "DJN", "DES", "DTV", "PPR", "PJN", "KPR", "KJN", "DST", "PES", "EPR", "DCC"
    };

    private CatalogKeys() {}

    /** So many keys in random order, no two the same; always the same ones. */
    public static List<String> random(int count) {
        SplittableRandom random = new SplittableRandom(7);
        Set<String> keys = new LinkedHashSet<>();
        while (keys.size() < count) {
            keys.add(String.format(
                    Locale.ROOT,
                    "%02d%s%04d%c",
                    1 + random.nextInt(32),
                    KINDS[random.nextInt(KINDS.length)],
                    random.nextInt(10_000),
                    'A' + random.nextInt(26)));
        }
        return new ArrayList<>(keys);
    }
}
