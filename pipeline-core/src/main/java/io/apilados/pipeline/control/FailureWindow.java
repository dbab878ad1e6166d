// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

/** The last calls and how many of them failed. Not safe for use by many threads. */
final class FailureWindow {

    private final boolean[] failed;
    private int next;
    private int calls;
    private int failures;

    FailureWindow(int size) {
        failed = new boolean[size];
    }

    void add(boolean failure) {
        if (calls == failed.length) {
            failures -= failed[next] ? 1 : 0;
        } else {
            calls++;
        }
        failed[next] = failure;
        failures += failure ? 1 : 0;
        next = (next + 1) % failed.length;
    }

    int calls() {
        return calls;
    }

    double share() {
        return calls == 0 ? 0 : (double) failures / calls;
    }

    void clear() {
        next = 0;
        calls = 0;
        failures = 0;
    }
}
