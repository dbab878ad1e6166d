// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.parse;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns of a CSV file. Names may be empty or repeated: by position every column is reached, by name the first of
 * that name. Immutable.
 */
public final class CsvHeader {

    private final List<String> names;
    private final Map<String, Integer> firstIndex = new HashMap<>();

    /** The columns of these names, in order. */
    public CsvHeader(List<String> names) {
        this.names = List.copyOf(names);
        for (int i = 0; i < this.names.size(); i++) {
            firstIndex.putIfAbsent(this.names.get(i), i);
        }
    }

    /** The names, in order. */
    public List<String> names() {
        return names;
    }

    /** How many columns there are. */
    public int size() {
        return names.size();
    }

    /** The position of the first column of that name, from 0; -1 if there is none. */
    public int indexOf(String name) {
        Integer index = firstIndex.get(name);
        return index == null ? -1 : index;
    }

    /**
     * The position of the first column of that name, from 0.
     *
     * @throws IllegalArgumentException if there is none
     */
    public int requireIndexOf(String name) {
        int index = indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException(
                    "no column is named '" + name + "' among the " + size() + " columns of the header");
        }
        return index;
    }
}
