// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;

/** What is configured, as lines for people, by the members that the service has for it; what is not set is left out. */
final class ConfigurationLines {

    private ConfigurationLines() {}

    static List<String> of(Object configuration) {
        List<String> lines = new ArrayList<>();
        write("", configuration, lines);
        return lines;
    }

    private static void write(String path, Object value, List<String> lines) {
        if (value instanceof SdkPojo members) {
            for (SdkField<?> field : members.sdkFields()) {
                Optional<?> member = Optional.ofNullable(field.getValueOrDefault(members));
                member.ifPresent(set -> write(path + (path.isEmpty() ? "" : ".") + field.memberName(), set, lines));
            }
        } else if (value instanceof List<?> elements) {
            for (int i = 0; i < elements.size(); i++) {
                write(path + "[" + i + "]", elements.get(i), lines);
            }
        } else {
            lines.add(path + ": " + value);
        }
    }

    /** Lines that are in one only, those of the first with a minus; empty if both are the same. */
    static String diff(List<String> found, List<String> wanted) {
        StringBuilder diff = new StringBuilder();
        if (!found.equals(wanted)) {
            Set<String> before = Set.copyOf(found);
            Set<String> after = Set.copyOf(wanted);
            found.stream()
                    .filter(line -> !after.contains(line))
                    .forEach(line -> diff.append("- ").append(line).append('\n'));
            wanted.forEach(line -> diff.append(before.contains(line) ? "  " : "+ ")
                    .append(line)
                    .append('\n'));
        }
        return diff.toString();
    }
}
