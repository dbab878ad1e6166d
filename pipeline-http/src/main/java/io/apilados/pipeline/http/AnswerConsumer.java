// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.http;

import io.apilados.pipeline.http.HttpTransport.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** Takes an answer from the library's threads; one of them at a time. */
final class AnswerConsumer implements AsyncResponseConsumer<Answer> {

    private final AnswerBody body;
    private final boolean resent;
    private volatile @Nullable HttpResponse head;
    private volatile @Nullable FutureCallback<Answer> done;
    private volatile @Nullable Answer cutShort;

    AnswerConsumer(int mostBytes, boolean resent) {
        this.body = new AnswerBody(mostBytes);
        this.resent = resent;
    }

    /** Whether anything came. */
    boolean begun() {
        return head != null;
    }

    /** The answer whose body was not worth reading to its end; null if that did not happen. */
    @Nullable Answer cutShort() {
        return cutShort;
    }

    @Override
    public void consumeResponse(
            HttpResponse response,
            @Nullable EntityDetails entity,
            HttpContext context,
            FutureCallback<Answer> whenWhole) {
        head = response;
        if (entity == null) {
            whenWhole.completed(answer());
        } else {
            done = whenWhole;
        }
    }

    @Override
    public void informationResponse(HttpResponse response, HttpContext context) {}

    @Override
    public void updateCapacity(CapacityChannel channel) throws IOException {
        channel.update(Integer.MAX_VALUE);
    }

    @Override
    public void consume(ByteBuffer source) throws IOException {
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        body.add(bytes, 0, bytes.length);
        if (body.enough()) {
            cutShort = answer();
            throw new IOException("the answer is too long");
        }
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) {
        FutureCallback<Answer> whenWhole = done;
        if (whenWhole != null) {
            whenWhole.completed(answer());
        }
    }

    private Answer answer() {
        HttpResponse response = Objects.requireNonNull(head);
        return new Answer(
                response.getCode(),
                name -> {
                    Header header = response.getFirstHeader(name);
                    return header == null ? null : header.getValue();
                },
                body.bytes(),
                body.truncated(),
                resent);
    }

    @Override
    public void failed(Exception cause) {}

    @Override
    public void releaseResources() {}
}
