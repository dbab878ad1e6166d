// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.examples;

/** The command line cannot be carried out; the message is the one line that the user sees. */
final class UsageException extends Exception {

    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
