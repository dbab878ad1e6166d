// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Reads XML by the shapes of a model. An element that no member has the name of stays, under its own name. */
record XmlReader(ServiceModel model) {

    Map<String, @Nullable Object> read(byte[] bytes, JsonNode shape) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return structure(
                    factory.newDocumentBuilder()
                            .parse(new ByteArrayInputStream(bytes))
                            .getDocumentElement(),
                    shape);
        } catch (Exception e) {
            throw new IllegalArgumentException("the body is not XML: " + e.getMessage(), e);
        }
    }

    private Map<String, @Nullable Object> structure(Element element, JsonNode shape) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (Element child : children(element)) {
            String name = child.getLocalName();
            String member = null;
            JsonNode type = null;
            boolean flattened = false;
            for (Map.Entry<String, JsonNode> candidate : shape.path("members").properties()) {
                if (candidate
                        .getValue()
                        .path("locationName")
                        .asText(candidate.getKey())
                        .equals(name)) {
                    member = candidate.getKey();
                    type = model.shape(candidate.getValue().path("shape").asText());
                    flattened = type.path("flattened").asBoolean()
                            || candidate.getValue().path("flattened").asBoolean();
                }
            }
            if (member == null || type == null) {
                members.put(name, child.getTextContent());
            } else if (flattened) {
                JsonNode one = model.shape(type.path("member").path("shape").asText());
                if (!(members.get(member) instanceof List<?> before)) {
                    members.put(member, List.of(value(child, one)));
                } else {
                    List<Object> more = new ArrayList<>(before);
                    more.add(value(child, one));
                    members.put(member, more);
                }
            } else {
                members.put(member, value(child, type));
            }
        }
        return members;
    }

    private Object value(Element element, JsonNode shape) {
        String text = element.getTextContent().strip();
        return switch (shape.path("type").asText()) {
            case "structure" -> structure(element, shape);
            case "list" -> {
                JsonNode one = model.shape(shape.path("member").path("shape").asText());
                yield children(element).stream().map(child -> value(child, one)).toList();
            }
            case "integer", "long", "double" -> text.matches("-?[0-9.]+") ? new BigDecimal(text) : text;
            case "boolean" -> text.matches("true|false") ? Boolean.valueOf(text) : text;
            default -> element.getTextContent();
        };
    }

    private static List<Element> children(Element element) {
        List<Element> children = new ArrayList<>();
        for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element child) {
                children.add(child);
            }
        }
        return children;
    }
}
