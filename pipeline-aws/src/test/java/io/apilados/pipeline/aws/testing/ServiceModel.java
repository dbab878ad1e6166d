// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The official model of a service, and what it says of a request: unknown members, missing ones, types, enumerations,
 * lengths, ranges and patterns. Safe for use by many threads.
 */
final class ServiceModel {

    /** Members by name, in the model's spelling, and the operation that they are the input of. */
    record Call(String operation, Map<String, @Nullable Object> input) {}

    private static final Map<String, ServiceModel> LOADED = new ConcurrentHashMap<>();

    private final JsonNode model;
    private final Map<String, Pattern> patterns = new ConcurrentHashMap<>();

    private ServiceModel(JsonNode model) {
        this.model = model;
    }

    /** Unpacked by the build from the artifact that has the models of all services. */
    static ServiceModel unpacked(String name) {
        return LOADED.computeIfAbsent(name, key -> {
            for (String folder : List.of("target", "../pipeline-aws/target")) {
                Path file = Path.of(folder, "aws-models", "models", key + "-model.json");
                if (Files.exists(file)) {
                    try {
                        return new ServiceModel(new ObjectMapper().readTree(file.toFile()));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
            throw new IllegalStateException("no model " + key + "; run the build up to generate-test-resources");
        });
    }

    /** The operations that are called here, cut from the official model; see the README beside it. */
    static ServiceModel ofS3() {
        return LOADED.computeIfAbsent("s3", unused -> {
            try (InputStream in = ServiceModel.class.getResourceAsStream("/aws-models/s3-2006-03-01-model.json")) {
                return new ServiceModel(new ObjectMapper().readTree(in));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    boolean hasOperation(String name) {
        return model.path("operations").has(name);
    }

    JsonNode operation(String name) {
        return model.path("operations").path(name);
    }

    Iterable<Map.Entry<String, JsonNode>> operations() {
        return model.path("operations").properties();
    }

    JsonNode shape(String name) {
        JsonNode shape = model.path("shapes").path(name);
        if (shape.isMissingNode()) {
            throw new IllegalArgumentException("the model has no shape " + name);
        }
        return shape;
    }

    JsonNode input(String operation) {
        return shape(operation(operation).path("input").path("shape").asText());
    }

    /** What is wrong with a request; empty if it is as the model says. */
    List<String> problems(Call call) {
        List<String> problems = new ArrayList<>();
        check(input(call.operation()), call.input(), call.operation(), problems);
        return problems;
    }

    private void check(JsonNode shape, @Nullable Object value, String path, List<String> problems) {
        switch (shape.path("type").asText()) {
            case "structure" -> checkStructure(shape, value, path, problems);
            case "list" -> {
                if (value instanceof List<?> list) {
                    checkRange(shape, list.size(), "elements", path, problems);
                    JsonNode element = shape(shape.path("member").path("shape").asText());
                    for (int i = 0; i < list.size(); i++) {
                        check(element, list.get(i), path + "[" + i + "]", problems);
                    }
                } else {
                    problems.add(path + " must be a list");
                }
            }
            case "map" -> {
                if (value instanceof Map<?, ?> map) {
                    checkRange(shape, map.size(), "entries", path, problems);
                    map.forEach((key, entry) -> {
                        check(shape(shape.path("key").path("shape").asText()), key, path + " key", problems);
                        check(shape(shape.path("value").path("shape").asText()), entry, path + "." + key, problems);
                    });
                } else {
                    problems.add(path + " must be a map");
                }
            }
            case "string" -> checkString(shape, value, path, problems);
            case "integer", "long" -> checkNumber(shape, value, true, path, problems);
            case "double", "float" -> checkNumber(shape, value, false, path, problems);
            case "boolean" -> {
                if (!(value instanceof Boolean)) {
                    problems.add(path + " must be true or false");
                }
            }
            case "timestamp" -> {
                if (!(value instanceof Number) && !(value instanceof String)) {
                    problems.add(path + " must be a time");
                }
            }
            case "blob" -> {
                if (!(value instanceof byte[]) && !(value instanceof String)) {
                    problems.add(path + " must be bytes");
                }
            }
            default -> problems.add(path + " has a type that this does not know: " + shape.path("type"));
        }
    }

    private void checkStructure(JsonNode shape, @Nullable Object value, String path, List<String> problems) {
        if (!(value instanceof Map<?, ?> map)) {
            problems.add(path + " must be a structure");
            return;
        }
        for (JsonNode required : shape.path("required")) {
            if (map.get(required.asText()) == null) {
                problems.add(path + " lacks " + required.asText());
            }
        }
        map.forEach((name, member) -> {
            JsonNode known = shape.path("members").path(String.valueOf(name));
            if (known.isMissingNode()) {
                problems.add(path + " has no member " + name);
            } else if (member != null) {
                check(shape(known.path("shape").asText()), member, path + "." + name, problems);
            }
        });
    }

    private void checkString(JsonNode shape, @Nullable Object value, String path, List<String> problems) {
        if (!(value instanceof String text)) {
            problems.add(path + " must be a string");
            return;
        }
        checkRange(shape, text.codePointCount(0, text.length()), "characters", path, problems);
        if (shape.has("enum")) {
            boolean known = false;
            for (JsonNode word : shape.path("enum")) {
                known |= word.asText().equals(text);
            }
            if (!known) {
                problems.add(path + " was '" + text + "', which is none of its values");
            }
        }
        if (shape.has("pattern")) {
            Pattern pattern = patterns.computeIfAbsent(shape.path("pattern").asText(), Pattern::compile);
            if (!pattern.matcher(text).matches()) {
                problems.add(path + " does not match " + pattern);
            }
        }
    }

    private static void checkNumber(
            JsonNode shape, @Nullable Object value, boolean whole, String path, List<String> problems) {
        if (!(value instanceof Number number)) {
            problems.add(path + " must be a number");
            return;
        }
        double amount = number.doubleValue();
        if (whole && amount != Math.rint(amount)) {
            problems.add(path + " must be a whole number");
        }
        if (Double.isNaN(amount) || Double.isInfinite(amount)) {
            problems.add(path + " must be finite");
        }
        checkRange(shape, amount, "", path, problems);
    }

    private static void checkRange(JsonNode shape, double amount, String what, String path, List<String> problems) {
        if (shape.has("min") && amount < shape.path("min").asDouble()) {
            problems.add(path + " has " + amount + " " + what + ", less than " + shape.path("min"));
        }
        if (shape.has("max") && amount > shape.path("max").asDouble()) {
            problems.add(path + " has " + amount + " " + what + ", more than " + shape.path("max"));
        }
    }

    /** The pieces of a path that an operation's template has names for; null if the path is another. */
    @Nullable Map<String, String> matchPath(String template, String path) {
        String[] names = template.split("\\?", 2)[0].split("/", -1);
        String[] parts = path.split("/", -1);
        if (names.length != parts.length) {
            return null;
        }
        Map<String, String> found = new LinkedHashMap<>();
        for (int i = 0; i < names.length; i++) {
            if (names[i].startsWith("{")) {
                found.put(names[i].substring(1, names[i].length() - 1), parts[i]);
            } else if (!names[i].equals(parts[i])) {
                return null;
            }
        }
        return found;
    }
}
