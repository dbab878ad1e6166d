// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunRequestTest {

    @Test
    void runsAllGroupsWhereNoneIsNamed() {
        assertThat(RunRequest.of()).isEqualTo(RunRequest.of("all"));
        assertThat(RunRequest.of().groups()).containsExactly(Group.values());
        assertThat(RunRequest.of().smoke()).isFalse();
        assertThat(RunRequest.of().name()).isEqualTo("all");
    }

    @Test
    void smokeIsAllGroupsOrThoseThatAreNamed() {
        RunRequest all = RunRequest.of("smoke");
        assertThat(all.smoke()).isTrue();
        assertThat(all.groups()).containsExactly(Group.values());
        assertThat(all.name()).isEqualTo("smoke");

        RunRequest some = RunRequest.of("smoke", "rate", "parse");
        assertThat(some.groups()).containsExactly(Group.PARSE, Group.RATE);
        assertThat(some.name()).isEqualTo("smoke-parse-rate");
    }

    @Test
    void leavesToJmhWhatFollowsTheFirstOtherWord() {
        RunRequest request = RunRequest.of("parse", "-f", "1", "http");
        assertThat(request.groups()).containsExactly(Group.PARSE);
        assertThat(request.jmhOptions()).containsExactly("-f", "1", "http");
        assertThat(request.name()).isEqualTo("parse");
    }
}
