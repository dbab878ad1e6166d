// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

import io.apilados.pipeline.source.ByteSource;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/**
 * Finds the ids of keys that an on-demand cache does not hold: an API, a database, a catalog file. It is asked in bulk.
 *
 * <p>Called by several threads at once, never by two for the same key, and with no lock held. It must not ask the cache
 * that it loads for.
 */
@FunctionalInterface
public interface CCTsLoader {

    /**
     * Finds ids.
     *
     * @param keys without blanks around them, none empty; not to be changed
     * @return the id of each key that is known, 0 or more. A key that is missing here is unknown; one that was not asked
     *     for is passed over
     * @throws IOException if it cannot be told now: the cache waits and asks again until its patience ends. Any other
     *     exception ends the attempt at once
     * @throws InterruptedException if the thread is interrupted
     */
    Map<String, Integer> load(Set<String> keys) throws IOException, InterruptedException;

    /**
     * Reads through a catalog, CSV with the columns {@code id} and {@code clave} in UTF-8, once for each call, and ends
     * as soon as all keys are found. So a catalog that does not fit into memory can be used as it is: each call costs
     * the time of reading the file, so ask for many keys at once, and reads its newest version.
     *
     * @param catalogCsv can be read again and again: no pipe
     */
    static CCTsLoader scanning(ByteSource catalogCsv) {
        return new ScanningLoader(catalogCsv);
    }
}
