// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import org.jspecify.annotations.Nullable;

/** Keys as the tiers hold them: a {@link Long} for one of the usual form, a {@link String} for any other. */
final class Keys {

    private Keys() {}

    /** The key without the blanks around it; null if nothing is left. */
    static @Nullable Object of(CharSequence text) {
        int from = Blanks.start(text);
        int to = Blanks.end(text, from);
        if (from == to) {
            return null;
        }
        long packed = PackedKey.pack(text, from, to);
        return packed != PackedKey.NONE ? packed : text.subSequence(from, to).toString();
    }

    static String text(Object key) {
        return key instanceof Long packed ? PackedKey.unpack(packed) : (String) key;
    }
}
