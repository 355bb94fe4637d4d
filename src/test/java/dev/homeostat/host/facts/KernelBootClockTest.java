package dev.homeostat.host.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Time since the boot, from recorded files and from this machine's. */
class KernelBootClockTest {
    private static final String BOOT = "0e7b6cf4-8a0c-4c3e-9f0e-2a5b1c3d4e5f";

    @TempDir
    private Path root;

    private KernelBootClock clock(String boot, String uptime) throws IOException {
        Files.createDirectories(root.resolve("proc/sys/kernel/random"));
        Files.writeString(root.resolve("proc/sys/kernel/random/boot_id"), boot);
        Files.writeString(root.resolve("proc/uptime"), uptime);
        return new KernelBootClock(root);
    }

    @Test
    void what_the_kernel_tells_is_read() throws Exception {
        BootClock.Reading now = clock(BOOT + "\n", "350735.47 234388.90\n").now();
        assertThat(now).isEqualTo(new BootClock.Reading(BOOT, Duration.ofMillis(350_735_470)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-1.00 2.00", "1e9 2.00", "12345678901234567890.00 1.00", "1.00"})
    void anything_else_is_a_trouble(String uptime) throws Exception {
        KernelBootClock clock = clock(BOOT, uptime);
        assertThatThrownBy(clock::now).isInstanceOf(Trouble.class).hasMessageContaining("uptime");
    }

    @Test
    void a_boot_without_an_id_is_a_trouble() throws Exception {
        KernelBootClock clock = clock("first", "1.00 1.00");
        assertThatThrownBy(clock::now).isInstanceOf(Trouble.class).hasMessageContaining("boot_id");
    }

    @Test
    void this_machine_has_a_boot_and_its_time_goes_on() throws Exception {
        KernelBootClock clock = new KernelBootClock();
        BootClock.Reading first = clock.now();
        BootClock.Reading second = clock.now();
        assertThat(second.boot()).isEqualTo(first.boot());
        assertThat(second.since()).isGreaterThanOrEqualTo(first.since());
    }
}
