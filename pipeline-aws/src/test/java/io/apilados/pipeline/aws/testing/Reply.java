// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An answer of the stub. The writing of CBOR is Jackson's, not that of the reader here. */
record Reply(int status, Map<String, String> headers, byte[] body) {

    private static final CBORFactory CBOR = new CBORFactory();
    private static final ObjectMapper JSON = new ObjectMapper();

    static Reply json(int status, Object value) {
        try {
            return new Reply(status, Map.of("Content-Type", "application/json"), JSON.writeValueAsBytes(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Reply cbor(int status, Map<String, ?> value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator generator = CBOR.createGenerator(bytes)) {
            write(generator, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Reply(
                status,
                Map.of("Content-Type", "application/cbor", "smithy-protocol", "rpc-v2-cbor"),
                bytes.toByteArray());
    }

    private static void write(CBORGenerator cbor, @Nullable Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            cbor.writeStartObject();
            for (Map.Entry<?, ?> member : map.entrySet()) {
                cbor.writeFieldName(String.valueOf(member.getKey()));
                write(cbor, member.getValue());
            }
            cbor.writeEndObject();
        } else if (value instanceof List<?> list) {
            cbor.writeStartArray();
            for (Object element : list) {
                write(cbor, element);
            }
            cbor.writeEndArray();
        } else if (value instanceof Instant time) {
            cbor.writeTag(1);
            cbor.writeNumber(time.toEpochMilli() / 1e3);
        } else {
            ((JsonGenerator) cbor).writePOJO(value);
        }
    }

    static Reply xml(int status, String text) {
        return new Reply(status, Map.of("Content-Type", "application/xml"), text.getBytes(StandardCharsets.UTF_8));
    }

    static Reply empty(int status) {
        return new Reply(status, Map.of(), new byte[0]);
    }

    Reply with(String name, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(name, value);
        return new Reply(status, more, body);
    }
}
