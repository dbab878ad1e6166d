// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.checkpoint;

import io.apilados.pipeline.testing.MemorySplitStore;
import io.apilados.pipeline.testing.SplitStoreContract;

/** What the tests of splits stand on. */
class MemorySplitStoreTest extends SplitStoreContract {

    private final MemorySplitStore store = new MemorySplitStore();

    @Override
    protected SplitStore store() {
        return store;
    }
}
