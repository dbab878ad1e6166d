// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What was asked for on the command line.
 *
 * @param smoke whether short iterations do
 * @param groups which groups to run, in order
 * @param jmhOptions what is left for JMH
 */
record RunRequest(boolean smoke, Set<Group> groups, List<String> jmhOptions) {

    static final String ALL = "all";
    static final String SMOKE = "smoke";

    /**
     * Takes {@code all}, {@code smoke} and names of groups from the front; what follows the first other word is JMH's.
     * No group means all of them.
     */
    static RunRequest of(String... args) {
        boolean smoke = false;
        EnumSet<Group> groups = EnumSet.noneOf(Group.class);
        int next = 0;
        for (; next < args.length; next++) {
            Optional<Group> group = Group.called(args[next]);
            if (args[next].equals(SMOKE)) {
                smoke = true;
            } else if (args[next].equals(ALL)) {
                groups.addAll(EnumSet.allOf(Group.class));
            } else if (group.isPresent()) {
                groups.add(group.get());
            } else {
                break;
            }
        }
        Set<Group> chosen = groups.isEmpty() ? EnumSet.allOf(Group.class) : groups;
        return new RunRequest(smoke, chosen, List.copyOf(Arrays.asList(args).subList(next, args.length)));
    }

    /** What the files of its results are called. */
    String name() {
        boolean all = groups.size() == Group.values().length;
        String which =
                all ? ALL : String.join("-", groups.stream().map(Group::word).toList());
        return !smoke ? which : all ? SMOKE : SMOKE + "-" + which;
    }
}
