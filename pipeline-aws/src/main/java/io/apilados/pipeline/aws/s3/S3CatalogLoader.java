// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.s3;

import io.apilados.pipeline.enrich.CCTsCatalog;
import io.apilados.pipeline.source.ByteSource;
import io.apilados.pipeline.source.SourceVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Loads a catalog from S3, and again only when the object has changed: the store is asked with the ETag of what was loaded
 * last, and if it answers that nothing changed, the same catalog is given. So it serves
 * {@link io.apilados.pipeline.control.RefreshingValue} as its loader, at one request without a body for each refresh.
 *
 * <p>Safe for use by many threads, one of which loads while the others wait.
 */
public final class S3CatalogLoader implements Callable<CCTsCatalog> {

    private final S3ByteSource source;
    private final ReentrantLock loading = new ReentrantLock();
    private @Nullable Loaded last;

    private record Loaded(String etag, CCTsCatalog catalog) {}

    private S3CatalogLoader(S3ByteSource source) {
        this.source = Objects.requireNonNull(source, "source");
    }

    /** Of a CSV with {@code id} and {@code clave}, or of what {@link CCTsCatalog#saveTo} wrote. */
    public static S3CatalogLoader of(S3ByteSource source) {
        return new S3CatalogLoader(source);
    }

    /** The same with what was loaded, read from another source: the same object by another client. */
    public S3CatalogLoader reading(S3ByteSource other) {
        S3CatalogLoader same = new S3CatalogLoader(other);
        loading.lock();
        try {
            same.last = last;
        } finally {
            loading.unlock();
        }
        return same;
    }

    /**
     * The catalog as it is now.
     *
     * @throws IOException if it cannot be read, or is none; what {@link CCTsCatalog#load} says of it
     */
    @Override
    public CCTsCatalog call() throws IOException {
        loading.lock();
        try {
            Loaded before = last;
            ObjectVersion now = source.versionUnless(before == null ? null : before.etag());
            if (before != null && (now == null || now.etag().equals(before.etag()))) {
                return before.catalog();
            }
            ObjectVersion version = Objects.requireNonNull(now, "a version, where none was known");
            CCTsCatalog catalog = CCTsCatalog.load(new Pinned(source, version.of(source.location())));
            last = new Loaded(version.etag(), catalog);
            return catalog;
        } finally {
            loading.unlock();
        }
    }

    /** The source at the version that was told. */
    private record Pinned(S3ByteSource source, SourceVersion version) implements ByteSource {
        @Override
        public String location() {
            return source.location();
        }

        @Override
        public InputStream open(SourceVersion asked, long byteOffset) throws IOException {
            return source.open(asked, byteOffset);
        }
    }
}
