package dev.homeostat.host.facts;

import static java.util.Objects.requireNonNull;

import dev.homeostat.resource.Trouble;
import java.time.Duration;

/** Time since the machine was booted. Nobody can set it, and it goes on while the machine sleeps. Thread-safe. */
public interface BootClock {
    /** @throws Trouble if the kernel does not tell */
    Reading now() throws Trouble;

    /**
     * A moment. Two of different boots cannot be compared.
     *
     * @param boot id of this boot: 32 hexadecimal digits in groups
     * @param since it was booted, time asleep included
     */
    record Reading(String boot, Duration since) {
        public Reading {
            requireNonNull(boot, "boot is null");
            requireNonNull(since, "since is null");
        }
    }
}
