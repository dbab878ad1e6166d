// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.enrich;

/** Finds the id of a key that stands in bytes. */
@FunctionalInterface
interface KeyLookup {

    /** The id; -1 if the key is unknown. */
    int idOf(byte[] bytes, int from);
}
