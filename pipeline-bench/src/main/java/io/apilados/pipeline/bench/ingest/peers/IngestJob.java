// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest.peers;

import java.nio.file.Path;

/**
 * The whole job: participants are read, their schools looked up, and batches of 100 made into JSON for a destination that
 * takes everything and does nothing. What cannot be delivered is put aside.
 */
@FunctionalInterface
public interface IngestJob {

    /**
     * Does it once.
     *
     * @param csv the participants
     * @param catalog the schools: {@code id,clave}
     * @param rejects where to put what is not delivered; written anew
     * @return how many participants were delivered
     */
    long run(Path csv, Path catalog, Path rejects) throws Exception;
}
