// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import java.util.SplittableRandom;

/** Keys of all forms: most of the usual one, some near misses of it, some of other scripts. The same seed, the same keys. */
final class RandomKeys {

    private static final String USUAL = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final String OTHER = "abcñÑ-_/ \u00e9\u4e2d\ud83d\ude00\u0000\ud800'\"";
    private static final String BLANKS = " \t\u00a0\u2007\ufeff\u3000";

    private final SplittableRandom random;

    RandomKeys(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** A key as a catalog keeps it: no blanks around it. */
    String key() {
        int length = random.nextInt(10) == 0 ? 1 + random.nextInt(14) : PackedKey.LENGTH;
        boolean usual = random.nextInt(10) != 0;
        StringBuilder key = new StringBuilder();
        for (int i = 0; i < length; i++) {
            String from = usual || random.nextInt(4) != 0 ? USUAL : OTHER;
            key.append(from.charAt(random.nextInt(from.length())));
        }
        int start = Blanks.start(key);
        String trimmed = key.substring(start, Blanks.end(key, start));
        return trimmed.isEmpty() ? key() : trimmed;
    }

    int id() {
        return random.nextInt(Integer.MAX_VALUE) >>> random.nextInt(31);
    }

    String blanks() {
        StringBuilder blanks = new StringBuilder();
        while (random.nextInt(3) == 0) {
            blanks.append(BLANKS.charAt(random.nextInt(BLANKS.length())));
        }
        return blanks.toString();
    }

    boolean flip() {
        return random.nextBoolean();
    }

    static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }
}
