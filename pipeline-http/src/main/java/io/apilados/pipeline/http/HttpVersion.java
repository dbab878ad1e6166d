// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

/** A version of HTTP. */
public enum HttpVersion {

    /** HTTP/1.1. The default: a few large requests at once gain nothing from HTTP/2. */
    HTTP_1_1,

    /**
     * HTTP/2, for an API that asks for it. Over https it is agreed upon during the handshake, and a server that does not
     * speak it gets HTTP/1.1; over plain http it is taken for granted. A connection carries one request at a time, so
     * that the limit of connections means the same as in HTTP/1.1 and a broken one costs one request.
     */
    HTTP_2
}
