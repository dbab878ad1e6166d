// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Small objects by name, as an object store has them: what attempts at splits leave for each other, on whatever machines
 * they run. An object is there as a whole or not at all, and whoever looks after a change has come back sees it.
 *
 * <p>Names have one or more parts with {@code /} between them; a part has letters, digits, dots, hyphens and underscores
 * and begins with a letter or digit. No name is the beginning of another with {@code /} after it. Others are an
 * {@link IllegalArgumentException}.
 *
 * <p>Safe for use by many threads, and by many stores over the same place.
 */
public interface SplitStore {

    /** What a name looks like. */
    Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*");

    /** The longest name: {@value} characters. */
    int MAX_NAME = 500;

    /**
     * What an object holds; empty if it is not there.
     *
     * @throws IOException if the store cannot tell
     */
    Optional<byte[]> read(String name) throws IOException;

    /**
     * Puts an object there, in the place of what was there before, and makes it survive a crash.
     *
     * @throws IOException if it could not be written, or may not have been
     */
    void write(String name, byte[] content) throws IOException;

    /**
     * As {@link #write}, if the object holds what is expected.
     *
     * @param expected what it must hold; null if it must not be there
     * @return false if it does not: nothing was changed
     * @throws IOException if it could not be written, or may not have been
     */
    boolean replace(String name, byte @Nullable [] expected, byte[] content) throws IOException;

    /**
     * Deletes an object, if it is there.
     *
     * @throws IOException if it could not be deleted
     */
    void delete(String name) throws IOException;

    /**
     * The names of all objects that begin like this, in the order of their characters.
     *
     * @param prefix any beginning of a name; empty for all
     * @throws IOException if the store cannot tell
     */
    List<String> list(String prefix) throws IOException;

    /** A folder on a disk that all processes can reach; it is made if it is not there. Its file system must lock files. */
    static SplitStore directory(Path folder) {
        return new FileSplitStore(folder);
    }

    /** Returns {@code name} if it is one. */
    static String requireName(String name) {
        if (name.length() > MAX_NAME || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("name was '" + name + "' but it must be parts of letters, digits, dots,"
                    + " hyphens and underscores with slashes between them, " + MAX_NAME + " characters at most");
        }
        return name;
    }
}
