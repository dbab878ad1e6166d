// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The limit that Linux control groups, version 1 or 2, set to the memory of this process.
 *
 * <p>{@code /proc/self/cgroup} says in which group the process is, {@code /proc/self/mountinfo} where the groups are to be
 * seen, and every group up to the one that is mounted may have a limit: the least counts. A container may see its own
 * group as the root of all or by the path it has outside; a path that leads nowhere here is looked up from what is mounted.
 * "max", and any limit of at least the machine's memory (version 1 has 9223372036854771712 for none), is no limit.
 */
final class CgroupMemory {

    private static final Path DEFAULT_MOUNT = Path.of("sys/fs/cgroup");

    private CgroupMemory() {}

    /** A hierarchy of groups that may limit memory: where it is mounted, which group is the top there, and our group. */
    private record Hierarchy(Path mount, String top, String group, String limitFile) {}

    /**
     * The limit in bytes, or {@link MemoryReadings#UNKNOWN} if there is none or it cannot be read.
     *
     * @param root where {@code proc} and {@code sys} are
     */
    static long limit(Path root) {
        long limit = Long.MAX_VALUE;
        for (Hierarchy hierarchy : hierarchies(root)) {
            limit = Math.min(limit, leastLimit(hierarchy));
        }
        return limit < machineMemory(root) ? limit : MemoryReadings.UNKNOWN;
    }

    private static List<Hierarchy> hierarchies(Path root) {
        List<String> mounts = lines(root.resolve("proc/self/mountinfo"));
        List<Hierarchy> found = new ArrayList<>();
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            // hierarchy:controllers:group; version 2 has 0 and no controllers.
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[0].equals("0") && parts[1].isEmpty()) {
                found.add(hierarchy(root, mounts, "cgroup2", parts[2]));
            } else if (parts.length == 3 && names(parts[1], "memory")) {
                found.add(hierarchy(root, mounts, "cgroup", parts[2]));
            }
        }
        return found;
    }

    private static Hierarchy hierarchy(Path root, List<String> mounts, String type, String group) {
        boolean second = type.equals("cgroup2");
        String file = second ? "memory.max" : "memory.limit_in_bytes";
        for (String line : mounts) {
            // id parent device top mount options... - type source options
            int dash = line.indexOf(" - ");
            String[] left = dash < 0 ? new String[0] : line.substring(0, dash).split(" ");
            String[] right = dash < 0 ? new String[0] : line.substring(dash + 3).split(" ");
            if (left.length >= 5
                    && right.length >= 3
                    && right[0].equals(type)
                    && (second || names(right[2], "memory"))) {
                return new Hierarchy(root.resolve(unescaped(left[4]).substring(1)), unescaped(left[3]), group, file);
            }
        }
        Path mount = root.resolve(DEFAULT_MOUNT);
        return new Hierarchy(second ? mount : mount.resolve("memory"), "/", group, file);
    }

    private static boolean names(String commaSeparated, String word) {
        return Arrays.asList(commaSeparated.split(",")).contains(word);
    }

    /** The kernel writes spaces and the like as octal numbers. */
    private static String unescaped(String path) {
        return path.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }

    private static long leastLimit(Hierarchy hierarchy) {
        Path mount = hierarchy.mount.normalize();
        Path group = mount.resolve(below(hierarchy.top, hierarchy.group)).normalize();
        long least = Long.MAX_VALUE;
        // A group outside of what is mounted begins with "..".
        for (Path at = group.startsWith(mount) ? group : mount;
                at != null && at.startsWith(mount);
                at = at.getParent()) {
            least = Math.min(least, number(at.resolve(hierarchy.limitFile)));
        }
        return least;
    }

    private static String below(String top, String group) {
        if (top.equals("/")) {
            return group.substring(Math.min(1, group.length()));
        }
        return group.startsWith(top + "/") ? group.substring(top.length() + 1) : "";
    }

    private static long number(Path file) {
        List<String> lines = lines(file);
        return lines.isEmpty() ? Long.MAX_VALUE : parsed(lines.get(0).strip());
    }

    private static long parsed(String number) {
        try {
            long value = Long.parseLong(number);
            return value < 0 ? Long.MAX_VALUE : value;
        } catch (NumberFormatException e) {
            // "max", or more than a long holds.
            return Long.MAX_VALUE;
        }
    }

    private static long machineMemory(Path root) {
        for (String line : lines(root.resolve("proc/meminfo"))) {
            String[] words = line.split(" +");
            if (words.length >= 2 && words[0].equals("MemTotal:")) {
                long kilobytes = parsed(words[1]);
                return kilobytes > Long.MAX_VALUE / 1024 ? kilobytes : kilobytes * 1024;
            }
        }
        return Long.MAX_VALUE >> 2;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException | SecurityException e) {
            return List.of();
        }
    }
}
