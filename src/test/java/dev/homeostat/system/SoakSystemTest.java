package dev.homeostat.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Accidents at random; {@code deploy/soak} runs this for longer. No time limit of JUnit's: the time is what is asked for, and
 * each wait inside has its own limit.
 */
@Tag("system")
class SoakSystemTest {
    /** In a full check. */
    private static final String SHORT_SECONDS = "40";

    @AfterAll
    static void leaveNothing() throws Exception {
        Machine.declare("version: 1\n");
        Machine.awaitRight();
        Machine.run("podman", "volume", "rm", "soak-data");
        Machine.stop();
    }

    @Test
    void whatever_happens_is_mended_and_nothing_grows() throws Exception {
        Duration time = Duration.ofSeconds(Long.parseLong(System.getProperty("soak.seconds", SHORT_SECONDS)));
        long seed = Long.getLong("soak.seed", System.nanoTime());
        assertThat(new Soak(time, seed).go()).as("seed %d", seed).isEmpty();
    }
}
