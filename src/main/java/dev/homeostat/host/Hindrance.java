package dev.homeostat.host;

import dev.homeostat.resource.Trouble;
import java.util.Optional;

/** Something about the machine that makes now a bad moment to interrupt it. Thread-safe; calls may wait for some seconds. */
public interface Hindrance {
    /** As {@code policy.holds} has it: {@code battery}. */
    String name();

    /**
     * Looks now.
     *
     * @return what is in the way, as {@code the machine runs on battery (BAT0)}; empty if nothing is
     * @throws Trouble if that cannot be told
     */
    Optional<String> now() throws Trouble;
}
