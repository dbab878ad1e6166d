// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Made-up machines. */
class CgroupMemoryTest {

    private static final long NONE = MemoryReadings.UNKNOWN;
    private static final String SECOND_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw";
    private static final String FIRST_MOUNT = "29 23 0:25 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
            + "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory";

    @TempDir
    Path root;

    @BeforeEach
    void machineOfOneGigabyte() throws IOException {
        file("proc/meminfo", "MemTotal:        1048576 kB\nMemFree:  5 kB\n");
    }

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void second(String group) throws IOException {
        file("proc/self/cgroup", "0::" + group + "\n");
        file("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda rw\n" + SECOND_MOUNT + "\n");
    }

    private void first(String group) throws IOException {
        file("proc/self/cgroup", "12:cpu,cpuacct:/elsewhere\n4:memory:" + group + "\n0::/\n");
        file("proc/self/mountinfo", FIRST_MOUNT + "\n");
    }

    private long limit() {
        return CgroupMemory.limit(root);
    }

    @Test
    void readsVersionTwo() throws IOException {
        second("/");
        file("sys/fs/cgroup/memory.max", "536870912\n");
        assertThat(limit()).isEqualTo(536870912);
    }

    @Test
    void takesTheLeastLimitOfAllGroupsAbove() throws IOException {
        second("/kubepods/pod1/container2");
        file("sys/fs/cgroup/kubepods/memory.max", "900000000\n");
        file("sys/fs/cgroup/kubepods/pod1/memory.max", "400000000\n");
        file("sys/fs/cgroup/kubepods/pod1/container2/memory.max", "500000000\n");
        assertThat(limit()).isEqualTo(400000000);
    }

    @Test
    void maxIsNoLimit() throws IOException {
        second("/a");
        file("sys/fs/cgroup/a/memory.max", "max\n");
        assertThat(limit()).isEqualTo(NONE);
        file("sys/fs/cgroup/memory.max", "268435456\n");
        assertThat(limit()).isEqualTo(268435456);
    }

    @Test
    void readsVersionOne() throws IOException {
        first("/docker/abc");
        file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        file("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "134217728\n");
        assertThat(limit()).isEqualTo(134217728);
    }

    @Test
    void whatTheMachineDoesNotHaveIsNoLimit() throws IOException {
        first("/");
        for (String huge : new String[] {"9223372036854771712", "18446744073709551615", "1073741824", "-1", ""}) {
            file("sys/fs/cgroup/memory/memory.limit_in_bytes", huge);
            assertThat(limit()).as(huge).isEqualTo(NONE);
        }
        file("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741823");
        assertThat(limit()).isEqualTo(1073741823);
    }

    @Test
    void aContainerThatSeesItsOwnGroupByItsPathOutside() throws IOException {
        file("proc/self/cgroup", "4:memory:/docker/abc/inner\n");
        file("proc/self/mountinfo", "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
        file("sys/fs/cgroup/memory/memory.limit_in_bytes", "300000000");
        assertThat(limit()).isEqualTo(300000000);
        file("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "200000000");
        assertThat(limit()).isEqualTo(200000000);
    }

    @Test
    void aGroupOutsideOfWhatIsMountedCountsAsTheTop() throws IOException {
        second("/../../other");
        file("sys/fs/cgroup/memory.max", "250000000");
        file("sys/other/memory.max", "1");
        file("other/memory.max", "1");
        assertThat(limit()).isEqualTo(250000000);
    }

    @Test
    void mountsMayBeElsewhereAndHaveSpacesInTheirNames() throws IOException {
        file("proc/self/cgroup", "0::/a b\n");
        file("proc/self/mountinfo", "30 23 0:26 / /run/c\\040group rw - cgroup2 none rw\n");
        file("run/c group/a b/memory.max", "123456789");
        assertThat(limit()).isEqualTo(123456789);
    }

    @Test
    void withoutMountinfoTheUsualPlacesAreTried() throws IOException {
        file("proc/self/cgroup", "0::/x\n3:memory:/y\n");
        file("sys/fs/cgroup/x/memory.max", "200000000");
        assertThat(limit()).isEqualTo(200000000);
        file("sys/fs/cgroup/memory/y/memory.limit_in_bytes", "100000000");
        assertThat(limit()).isEqualTo(100000000);
    }

    @Test
    void withoutGroupsOrWithBrokenFilesThereIsNoLimit() throws IOException {
        assertThat(limit()).isEqualTo(NONE);
        file("proc/self/cgroup", "nonsense\n0::\n::\n4:memory\n");
        file("proc/self/mountinfo", "1 2 3\n - \n1 2 3 / /x - cgroup2\n");
        assertThat(limit()).isEqualTo(NONE);
    }

    @Test
    void theResidentSetIsCountedInPages() throws IOException {
        file("proc/self/statm", "765438 410 5 0 123 0\n");
        try (ResidentMemory resident = new ResidentMemory(root)) {
            assertThat(resident.bytes()).isEqualTo(410 * 4096);
        }
        file("proc/self/smaps", "0-1 r-xp 0 0\nSize:  9 kB\nKernelPageSize:       64 kB\nMMUPageSize: 4 kB\n");
        try (ResidentMemory resident = new ResidentMemory(root)) {
            assertThat(resident.bytes()).isEqualTo(410 * 65536);
            file("proc/self/statm", "9 5 x\n");
            assertThat(resident.bytes()).isEqualTo(5 * 65536);
            file("proc/self/statm", "9\n");
            assertThat(resident.bytes()).isEqualTo(MemoryReadings.UNKNOWN);
        }
    }

    @Test
    void withoutStatmTheResidentSetIsUnknown() {
        ResidentMemory resident = new ResidentMemory(root);
        assertThat(resident.bytes()).isEqualTo(MemoryReadings.UNKNOWN);
        resident.close();
    }
}
