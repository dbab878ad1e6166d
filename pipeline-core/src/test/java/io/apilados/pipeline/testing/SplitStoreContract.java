// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.apilados.pipeline.checkpoint.SplitStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link SplitStore} does. */
public abstract class SplitStoreContract {

    private static final String NAME = "plan-1/checkpoint-0.json";

    /** A store over what is there; each call may give another object over the same place. */
    protected abstract SplitStore store() throws IOException;

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private String text(String name) throws IOException {
        return new String(store().read(name).orElseThrow(), UTF_8);
    }

    @Test
    void whatIsNotThereIsEmpty() throws IOException {
        assertThat(store().read(NAME)).isEmpty();
        assertThat(store().list("")).isEmpty();
        store().delete(NAME);
    }

    @Test
    void givesBackWhatWasWrittenLast() throws IOException {
        store().write(NAME, bytes("first, and longer"));
        store().write(NAME, bytes("second"));
        assertThat(text(NAME)).isEqualTo("second");
        store().write(NAME, new byte[0]);
        assertThat(text(NAME)).isEmpty();
    }

    @Test
    void replacesOnlyWhatIsExpected() throws IOException {
        SplitStore store = store();
        assertThat(store.replace(NAME, bytes("a"), bytes("b"))).isFalse();
        assertThat(store.read(NAME)).isEmpty();
        assertThat(store.replace(NAME, null, bytes("a"))).isTrue();
        assertThat(store.replace(NAME, null, bytes("b"))).isFalse();
        assertThat(store.replace(NAME, bytes("x"), bytes("b"))).isFalse();
        assertThat(text(NAME)).isEqualTo("a");
        assertThat(store.replace(NAME, bytes("a"), bytes("b"))).isTrue();
        assertThat(text(NAME)).isEqualTo("b");
    }

    @Test
    void whatIsDeletedIsGone() throws IOException {
        store().write(NAME, bytes("a"));
        store().delete(NAME);
        assertThat(store().read(NAME)).isEmpty();
        assertThat(store().list("plan-1/")).isEmpty();
    }

    @Test
    void listsByAnyBeginningAndInOrder() throws IOException {
        for (String name : List.of("p/r-1.csv", "p/r-10.csv", "p/r-1.0-5.part", "q/r-1.csv", "p2")) {
            store().write(name, bytes(name));
        }
        assertThat(store().list("p/r-1.")).containsExactly("p/r-1.0-5.part", "p/r-1.csv");
        assertThat(store().list("p/")).containsExactly("p/r-1.0-5.part", "p/r-1.csv", "p/r-10.csv");
        assertThat(store().list("p")).containsExactly("p/r-1.0-5.part", "p/r-1.csv", "p/r-10.csv", "p2");
        assertThat(store().list("")).hasSize(5);
        assertThat(store().list("none/")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/", "/a", "a/", "a//b", "..", "a/../b", ".hidden", "a/.lock", "a b", "a\\b", "ñ", "a\n"})
    void namesThatAreNoneAreRefused(String name) throws IOException {
        SplitStore store = store();
        assertThatIllegalArgumentException().isThrownBy(() -> store.write(name, new byte[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> store.read(name));
        assertThatIllegalArgumentException().isThrownBy(() -> store.replace(name, null, new byte[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> store.delete(name));
    }

    @Test
    void noReplacementIsLostAmongMany() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> counters = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                SplitStore own = store();
                counters.add(() -> {
                    for (int n = 0; n < 10; n++) {
                        addOne(own);
                    }
                    return null;
                });
            }
            for (Future<Void> end : threads.invokeAll(counters)) {
                end.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(text(NAME)).isEqualTo("40");
    }

    private static void addOne(SplitStore store) throws IOException {
        boolean done = false;
        while (!done) {
            byte[] before = store.read(NAME).orElse(null);
            int count = before == null ? 0 : Integer.parseInt(new String(before, UTF_8));
            done = store.replace(NAME, before, bytes(Integer.toString(count + 1)));
        }
    }
}
