// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import io.apilados.pipeline.testing.ConcurrencyControllerContract;
import org.junit.jupiter.api.Nested;

class ConcurrencyControllerTest {

    @Nested
    class Fixed extends ConcurrencyControllerContract {
        @Override
        protected ConcurrencyController controller(int limit) {
            return ConcurrencyController.fixed(limit);
        }
    }

    @Nested
    class Adaptive extends ConcurrencyControllerContract {
        @Override
        protected ConcurrencyController controller(int limit) {
            return ConcurrencyController.adaptive(limit, limit, limit);
        }
    }
}
