// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import io.apilados.pipeline.checkpoint.SplitStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Objects in memory. */
public final class MemorySplitStore implements SplitStore {

    private final TreeMap<String, byte[]> objects = new TreeMap<>();
    private final BiConsumer<String, byte[]> watch;

    /** A store that nobody watches. */
    public MemorySplitStore() {
        this((name, content) -> {});
    }

    /** A store that tells of everything that is written, before it is; what is thrown there keeps it from being so. */
    public MemorySplitStore(BiConsumer<String, byte[]> watch) {
        this.watch = watch;
    }

    @Override
    public synchronized Optional<byte[]> read(String name) {
        return Optional.ofNullable(objects.get(SplitStore.requireName(name))).map(byte[]::clone);
    }

    @Override
    public synchronized void write(String name, byte[] content) {
        watch.accept(SplitStore.requireName(name), content);
        objects.put(name, content.clone());
    }

    @Override
    public synchronized boolean replace(String name, byte[] expected, byte[] content) {
        if (!Arrays.equals(objects.get(SplitStore.requireName(name)), expected)) {
            return false;
        }
        write(name, content);
        return true;
    }

    @Override
    public synchronized void delete(String name) {
        objects.remove(SplitStore.requireName(name));
    }

    @Override
    public synchronized List<String> list(String prefix) {
        List<String> names = new ArrayList<>(objects.keySet());
        names.removeIf(name -> !name.startsWith(prefix));
        return names;
    }
}
