// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.aws.operate;

import java.util.Arrays;

/** What a function runs on; prices differ. */
public enum Processor {
    /** Intel and AMD. */
    X86_64("x86_64"),
    /** Graviton. */
    ARM64("arm64");

    private final String word;

    Processor(String word) {
        this.word = word;
    }

    /** Lambda's word for it. */
    public String word() {
        return word;
    }

    /**
     * The one with this word.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Processor of(String word) {
        return Arrays.stream(values())
                .filter(processor -> processor.word.equals(word))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("architecture was '" + word + "' but it must be x86_64 or arm64"));
    }
}
