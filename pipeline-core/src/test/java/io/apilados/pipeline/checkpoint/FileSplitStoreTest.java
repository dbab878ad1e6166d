// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.apilados.pipeline.testing.SplitStoreContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSplitStoreTest extends SplitStoreContract {

    @TempDir
    Path folder;

    @Override
    protected SplitStore store() {
        return SplitStore.directory(folder.resolve("splits"));
    }

    @Test
    void whatACrashLeftOfAWriteIsNoObject() throws IOException {
        store().write("p/a", new byte[1]);
        Files.write(folder.resolve("splits/p/.0b1f.tmp"), new byte[7]);
        assertThat(store().list("")).containsExactly("p/a");
    }
}
