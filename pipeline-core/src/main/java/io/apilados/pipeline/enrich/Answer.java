// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.enrich;

/** What a loader said of a key, and when. */
final class Answer {

    /** The id, or {@link CCTsCache#ABSENT} for a key that the loader does not know. */
    final int id;

    /** In seconds of {@link Freshness#now()}. */
    final int loadedAt;

    /** Set when a refresh is due, cleared by the lookup that sees it first. A race costs one request too many. */
    boolean stale;

    Answer(int id, int loadedAt) {
        this.id = id;
        this.loadedAt = loadedAt;
    }

    boolean isKnown() {
        return id != CCTsCache.ABSENT;
    }
}
