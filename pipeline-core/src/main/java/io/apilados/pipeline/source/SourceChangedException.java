// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.source;

import java.io.IOException;

/**
 * The source is no longer what it was when the run began. Nothing further may be read from it in this run; run again
 * from the start to deliver the new content.
 */
public final class SourceChangedException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Tells that {@code location} changed, and {@code how}. */
    public SourceChangedException(String location, String how) {
        super(location + " changed while it was being read: " + how
                + "; nothing more is read from it, run again from the start");
    }
}
