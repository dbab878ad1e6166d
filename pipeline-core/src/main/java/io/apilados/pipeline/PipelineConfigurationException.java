// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline;

import java.util.List;

/** A pipeline cannot be built like this. Lists every problem, so that one look is enough to mend them all. */
public final class PipelineConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    PipelineConfigurationException(List<String> problems) {
        this("the pipeline cannot be built", problems);
    }

    /** Says that {@code what}, for instance "the job cannot be run", and each of the problems. */
    public PipelineConfigurationException(String what, List<String> problems) {
        super(what + ": " + String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Each problem: which setting, what it was, which rule it breaks. */
    public List<String> problems() {
        return problems;
    }
}
