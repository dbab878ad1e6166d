// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.batch;

import io.apilados.pipeline.source.SourcePosition;

/** {@link RecordKeys#byPosition()}: one that is known to need no object of a record. */
enum ByPosition implements RecordKeys<Object> {
    INSTANCE;

    @Override
    public String keyOf(String fingerprint, SourcePosition position, Object record) {
        return keyOf(fingerprint, position.byteOffset());
    }

    static String keyOf(String fingerprint, long byteOffset) {
        return fingerprint + "-" + Long.toHexString(byteOffset);
    }
}
