// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.batch.BatchSizing;
import java.net.URI;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the function is set to, once it has been understood; {@link IngestSetting} says what each means. Immutable.
 *
 * @param concurrency requests at once; 0 for adaptive
 * @param rate requests a second; 0 for what the API bears
 * @param isOnAmazon whether the store is Amazon's own
 */
record IngestSettings(
        URI catalog,
        URI target,
        URI checkpoints,
        URI rejects,
        @Nullable URI reports,
        @Nullable String tokenSecret,
        @Nullable String tokenField,
        @Nullable String tokenVariable,
        String keyColumn,
        @Nullable String idColumn,
        Mode mode,
        boolean perRecord,
        BatchSizing batch,
        int concurrency,
        double rate,
        Duration patience,
        Charset charset,
        boolean dryRun,
        @Nullable Continued continuation,
        Duration lease,
        boolean isOnAmazon,
        @Nullable String environment) {

    /** How the catalog is held. */
    enum Mode {
        PRELOAD,
        ON_DEMAND,
        AUTO
    }

    /** Who goes on when the time is over. */
    enum Continued {
        ANSWERED,
        REDELIVERED,
        SELF
    }

    /**
     * What these values say.
     *
     * @throws IllegalArgumentException with every problem, if there is one; no token is among the values
     */
    static IngestSettings of(Map<String, String> values) {
        return new SettingsReader(values).read();
    }
}
