// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.io.IOException;
import java.nio.file.Path;

/** The price book of the documentation, which tests reckon with. */
final class Prices {

    static final Path FILE = Path.of("..", "docs", "lambda-prices.json");

    private Prices() {}

    static PriceBook ofTheDocs() {
        try {
            return PriceBook.read(FILE);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
