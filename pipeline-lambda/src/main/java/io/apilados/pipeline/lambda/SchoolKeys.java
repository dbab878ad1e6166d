// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.aws.s3.S3ByteSource;
import io.apilados.pipeline.aws.s3.S3CatalogLoader;
import io.apilados.pipeline.control.RefreshingValue;
import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.enrich.CCTsLoader;
import io.apilados.pipeline.lambda.IngestSettings.Mode;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The cache of school keys, held as the settings say. A catalog that is preloaded is looked at again every five minutes, and
 * loaded again if it has changed; the others are as they were when they were made. Safe for use by many threads.
 */
final class SchoolKeys {

    private final URI catalog;
    private final Mode mode;
    private final S3CatalogLoader loader;
    private final RefreshingValue<CCTsCache> cache;

    private SchoolKeys(URI catalog, Mode mode, S3CatalogLoader loader, Callable<CCTsCache> otherwise) {
        this.catalog = catalog;
        this.mode = mode;
        this.loader = loader;
        this.cache = RefreshingValue.of(mode == Mode.PRELOAD ? new Preloading(loader) : otherwise);
    }

    static SchoolKeys of(IngestSettings settings, S3Client client) {
        S3ByteSource source = S3ByteSource.of(client, settings.catalog());
        return of(settings.catalog(), settings.mode(), S3CatalogLoader.of(source), source);
    }

    private static SchoolKeys of(URI catalog, Mode mode, S3CatalogLoader loader, S3ByteSource source) {
        return new SchoolKeys(
                catalog,
                mode,
                loader,
                new Once(() -> mode == Mode.AUTO
                        ? CCTsCache.auto(source).build()
                        : CCTsCache.onDemand(CCTsLoader.scanning(source)).build()));
    }

    /** The same, with what was loaded, by another client; looked at again when it is next asked for. */
    SchoolKeys readBy(S3Client client) {
        S3ByteSource source = S3ByteSource.of(client, catalog);
        return of(catalog, mode, loader.reading(source), source);
    }

    /**
     * The cache.
     *
     * @throws IOException if it cannot be made, and there is none from before
     */
    CCTsCache now() throws IOException {
        try {
            return cache.get();
        } catch (IllegalStateException e) {
            if (e.getCause() instanceof IOException cause) {
                throw new IOException(cause.getMessage(), cause);
            }
            throw e;
        }
    }

    /** The same cache for the same catalog, so that its statistics go on. */
    private static final class Preloading implements Callable<CCTsCache> {
        private final S3CatalogLoader loader;
        private @Nullable CCTsCatalog loaded;
        private @Nullable CCTsCache made;

        Preloading(S3CatalogLoader loader) {
            this.loader = loader;
        }

        @Override
        public CCTsCache call() throws IOException {
            CCTsCatalog now = loader.call();
            CCTsCache before = made;
            if (before != null && now == loaded) {
                return before;
            }
            CCTsCache cache = CCTsCache.preloaded(now);
            loaded = now;
            made = cache;
            return cache;
        }
    }

    /** Made once, whenever it is asked for. */
    private static final class Once implements Callable<CCTsCache> {
        private final Callable<CCTsCache> maker;
        private @Nullable CCTsCache made;

        Once(Callable<CCTsCache> maker) {
            this.maker = maker;
        }

        @Override
        public CCTsCache call() throws Exception {
            CCTsCache before = made;
            if (before != null) {
                return before;
            }
            CCTsCache cache = maker.call();
            made = cache;
            return cache;
        }
    }
}
