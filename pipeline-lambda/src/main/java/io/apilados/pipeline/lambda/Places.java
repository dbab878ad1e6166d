// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.lambda;

import io.apilados.pipeline.aws.lambda.S3EventObject;
import java.net.URI;
import java.net.URISyntaxException;

/** Places below a prefix in S3. */
final class Places {

    private Places() {}

    /** A prefix or key below a prefix. */
    static URI below(URI prefix, String name) {
        String path = prefix.getPath();
        String folder = path == null || path.isEmpty() ? "/" : path.endsWith("/") ? path : path + "/";
        try {
            return new URI(prefix.getScheme(), prefix.getRawAuthority(), folder + name, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("no place can be named below the prefix", e);
        }
    }

    /** A place of its own for each run of each object, named after it. */
    static URI of(S3EventObject object, URI prefix, String ending) {
        String version = object.versionId() != null ? object.versionId() : object.etag();
        return below(prefix, object.bucket() + "/" + object.key() + (version == null ? "" : "." + version) + ending);
    }
}
