// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what RPC v2 CBOR of Smithy has of RFC 8949: whole numbers, floats of three sizes, strings, bytes, lists and maps of
 * known and unknown length, tags (which are dropped), booleans and null. Numbers become {@link Double} or {@link Long}.
 */
final class Cbor {

    private static final int INDEFINITE = 31;
    private static final Object BREAK = new Object();

    private final ByteBuffer bytes;

    private Cbor(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    static @Nullable Object read(byte[] bytes) {
        Cbor cbor = new Cbor(bytes);
        Object value = cbor.value();
        if (cbor.bytes.hasRemaining()) {
            throw new IllegalArgumentException(cbor.bytes.remaining() + " bytes after the end of the CBOR value");
        }
        return value;
    }

    private @Nullable Object value() {
        int head = bytes.get() & 0xff;
        int major = head >> 5;
        int info = head & 31;
        return switch (major) {
            case 0 -> argument(info);
            case 1 -> -1 - argument(info);
            case 2 -> string(2, info);
            case 3 -> new String(string(3, info), StandardCharsets.UTF_8);
            case 4 -> list(info);
            case 5 -> map(info);
            case 6 -> {
                argument(info);
                yield value();
            }
            default -> simple(info);
        };
    }

    private long argument(int info) {
        return switch (info) {
            case 24 -> bytes.get() & 0xffL;
            case 25 -> bytes.getShort() & 0xffffL;
            case 26 -> bytes.getInt() & 0xffffffffL;
            case 27 -> bytes.getLong();
            default -> {
                if (info > 23) {
                    throw new IllegalArgumentException("additional information " + info + " is not defined");
                }
                yield info;
            }
        };
    }

    private byte[] string(int major, int info) {
        if (info != INDEFINITE) {
            byte[] content = new byte[Math.toIntExact(argument(info))];
            bytes.get(content);
            return content;
        }
        byte[] whole = new byte[0];
        for (int head = bytes.get() & 0xff; head != 0xff; head = bytes.get() & 0xff) {
            if (head >> 5 != major) {
                throw new IllegalArgumentException("a string's part is of another kind");
            }
            byte[] part = string(major, head & 31);
            int before = whole.length;
            whole = Arrays.copyOf(whole, before + part.length);
            System.arraycopy(part, 0, whole, before, part.length);
        }
        return whole;
    }

    private List<@Nullable Object> list(int info) {
        List<@Nullable Object> list = new ArrayList<>();
        long most = info == INDEFINITE ? Long.MAX_VALUE : argument(info);
        for (long i = 0; i < most; i++) {
            Object element = value();
            if (element == BREAK) {
                break;
            }
            list.add(element);
        }
        return list;
    }

    private Map<String, @Nullable Object> map(int info) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        long most = info == INDEFINITE ? Long.MAX_VALUE : argument(info);
        for (long i = 0; i < most; i++) {
            Object key = value();
            if (key == BREAK) {
                break;
            }
            if (map.put(String.valueOf(key), value()) != null) {
                throw new IllegalArgumentException("the key " + key + " stands twice");
            }
        }
        return map;
    }

    private @Nullable Object simple(int info) {
        return switch (info) {
            case 20 -> false;
            case 21 -> true;
            case 22, 23 -> null;
            case 25 -> half(bytes.getShort());
            case 26 -> (double) bytes.getFloat();
            case 27 -> bytes.getDouble();
            case INDEFINITE -> BREAK;
            default -> throw new IllegalArgumentException("simple value " + info + " is not used here");
        };
    }

    private static double half(short bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        double magnitude = exponent == 0
                ? Math.scalb(fraction, -24)
                : exponent == 31
                        ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                        : Math.scalb(1024 + fraction, exponent - 25);
        return bits < 0 ? -magnitude : magnitude;
    }
}
