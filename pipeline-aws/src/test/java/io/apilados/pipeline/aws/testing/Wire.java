// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the requests of a service come over the wire, and how it says no. */
enum Wire {
    /** RPC v2 CBOR of Smithy. */
    CLOUDWATCH {
        @Override
        ServiceModel model() {
            return ServiceModel.unpacked("monitoring-2010-08-01");
        }

        @Override
        ServiceModel.@Nullable Call read(HttpExchange exchange, byte[] body) {
            String operation = exchange.getRequestURI().getPath().substring(CLOUDWATCH_PATH.length());
            boolean known = exchange.getRequestMethod().equals("POST")
                    && "rpc-v2-cbor".equals(exchange.getRequestHeaders().getFirst("Smithy-Protocol"))
                    && model().hasOperation(operation);
            return known && Cbor.read(body) instanceof Map<?, ?> map
                    ? new ServiceModel.Call(operation, strings(map))
                    : null;
        }

        /** Jackson's reader has to see in the bytes what the stub's own does. */
        @Override
        List<String> problems(ServiceModel.Call call, byte[] body) {
            List<String> problems = new ArrayList<>(super.problems(call, body));
            Object other = jacksonCbor(body);
            if (!same(call.input(), other)) {
                problems.add(call.operation() + ": two readers of CBOR disagree: " + call.input() + " and " + other);
            }
            return problems;
        }

        @Override
        Reply error(int status, String code) {
            return Reply.cbor(status, Map.of("__type", "com.amazonaws.cloudwatch#" + code, "message", "by the test"))
                    .with("x-amzn-query-error", code + ";Sender");
        }
    },
    /** REST with JSON. */
    LAMBDA {
        @Override
        ServiceModel model() {
            return ServiceModel.unpacked("lambda-2015-03-31");
        }

        @Override
        ServiceModel.@Nullable Call read(HttpExchange exchange, byte[] body) {
            return rest(exchange, body, (payload, shape) -> {
                try {
                    Object value = new ObjectMapper().readValue(payload, Object.class);
                    return value instanceof Map<?, ?> map ? strings(map) : Map.of("(the body)", value);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }

        @Override
        Reply error(int status, String code) {
            return Reply.json(status, Map.of("message", "by the test", "Reason", "by the test"))
                    .with("x-amzn-ErrorType", code);
        }
    },
    /** REST with XML. */
    S3 {
        @Override
        ServiceModel model() {
            return ServiceModel.ofS3();
        }

        @Override
        ServiceModel.@Nullable Call read(HttpExchange exchange, byte[] body) {
            return rest(exchange, body, (payload, shape) -> new XmlReader(model()).read(payload, shape));
        }

        /** What the model says in words only. */
        @Override
        List<String> problems(ServiceModel.Call call, byte[] body) {
            List<String> problems = new ArrayList<>(super.problems(call, body));
            if (call.input().get("IntelligentTieringConfiguration") instanceof Map<?, ?> configuration
                    && configuration.get("Tierings") instanceof List<?> tierings) {
                for (Object tiering : tierings) {
                    if (tiering instanceof Map<?, ?> map && map.get("Days") instanceof Number days) {
                        int least = "ARCHIVE_ACCESS".equals(map.get("AccessTier")) ? 90 : 180;
                        if (days.intValue() < least || days.intValue() > 730) {
                            problems.add("a tiering's days were " + days + " but they must be " + least + " to 730");
                        }
                    }
                }
            }
            return problems;
        }

        @Override
        Reply error(int status, String code) {
            return Reply.xml(status, "<Error><Code>" + code + "</Code><Message>by the test</Message></Error>");
        }
    };

    static final String CLOUDWATCH_PATH = "/service/GraniteServiceVersion20100801/operation/";

    private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());

    /** Reads the body that the payload member is, or that all members outside of path, query and headers are. */
    interface Body {
        Map<String, @Nullable Object> read(byte[] bytes, JsonNode shape);
    }

    static Wire of(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        if (path.startsWith(CLOUDWATCH_PATH)) {
            return CLOUDWATCH;
        }
        return path.matches("/20\\d\\d-\\d\\d-\\d\\d/functions/.*") ? LAMBDA : S3;
    }

    abstract ServiceModel model();

    /** Null if it is no operation of the service's. */
    abstract ServiceModel.@Nullable Call read(HttpExchange exchange, byte[] body);

    abstract Reply error(int status, String code);

    List<String> problems(ServiceModel.Call call, byte[] body) {
        return model().problems(call);
    }

    ServiceModel.@Nullable Call rest(HttpExchange exchange, byte[] body, Body reader) {
        String path = exchange.getRequestURI().getRawPath();
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        for (Map.Entry<String, JsonNode> operation : model().operations()) {
            JsonNode http = operation.getValue().path("http");
            String template = http.path("requestUri").asText();
            Map<String, String> names = model().matchPath(template, path);
            String wanted = template.contains("?") ? template.substring(template.indexOf('?') + 1) : "";
            boolean fits = http.path("method").asText().equals(exchange.getRequestMethod())
                    && (wanted.isEmpty() || query.containsKey(wanted));
            if (names != null && fits) {
                return new ServiceModel.Call(
                        operation.getKey(), input(operation.getKey(), exchange, names, query, wanted, body, reader));
            }
        }
        return null;
    }

    private Map<String, @Nullable Object> input(
            String operation,
            HttpExchange exchange,
            Map<String, String> names,
            Map<String, String> query,
            String wanted,
            byte[] body,
            Body reader) {
        Map<String, @Nullable Object> input = new LinkedHashMap<>();
        JsonNode shape = model().input(operation);
        Map<String, String> asked = new HashMap<>(query);
        asked.remove(wanted);
        asked.remove("x-id");
        String payload = shape.path("payload").asText();
        for (Map.Entry<String, JsonNode> member : shape.path("members").properties()) {
            String wire = member.getValue().path("locationName").asText(member.getKey());
            switch (member.getValue().path("location").asText()) {
                case "uri" -> input.put(member.getKey(), decoded(names.getOrDefault(wire, "")));
                case "querystring" -> {
                    String value = asked.remove(wire);
                    if (value != null) {
                        input.put(member.getKey(), value);
                    }
                }
                case "header" -> {
                    String value = exchange.getRequestHeaders().getFirst(wire);
                    if (value != null) {
                        input.put(member.getKey(), value);
                    }
                }
                default -> {
                    if (member.getKey().equals(payload) && body.length > 0) {
                        JsonNode type =
                                model().shape(member.getValue().path("shape").asText());
                        input.put(
                                member.getKey(),
                                type.path("type").asText().equals("blob") ? body : reader.read(body, type));
                    }
                }
            }
        }
        if (payload.isEmpty() && body.length > 0) {
            input.putAll(reader.read(body, shape));
        }
        asked.forEach((name, value) -> input.put("(query) " + name, value));
        return input;
    }

    private static Map<String, String> query(@Nullable String raw) {
        Map<String, String> query = new HashMap<>();
        if (raw != null) {
            for (String pair : raw.split("&")) {
                String[] both = pair.split("=", 2);
                query.put(decoded(both[0]), both.length == 1 ? "" : decoded(both[1]));
            }
        }
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    static Map<String, @Nullable Object> strings(Map<?, ?> map) {
        Map<String, @Nullable Object> strings = new LinkedHashMap<>();
        map.forEach((key, value) -> strings.put(String.valueOf(key), value));
        return strings;
    }

    static @Nullable Object jacksonCbor(byte[] bytes) {
        try {
            return CBOR.readValue(bytes, Object.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean same(@Nullable Object one, @Nullable Object other) {
        if (one instanceof Number a && other instanceof Number b) {
            return a.doubleValue() == b.doubleValue();
        }
        if (one instanceof List<?> a && other instanceof List<?> b) {
            boolean equal = a.size() == b.size();
            for (int i = 0; equal && i < a.size(); i++) {
                equal = same(a.get(i), b.get(i));
            }
            return equal;
        }
        if (one instanceof Map<?, ?> a && other instanceof Map<?, ?> b) {
            return a.keySet().equals(b.keySet())
                    && a.entrySet().stream().allMatch(entry -> same(entry.getValue(), b.get(entry.getKey())));
        }
        return one == null ? other == null : one.equals(other);
    }
}
