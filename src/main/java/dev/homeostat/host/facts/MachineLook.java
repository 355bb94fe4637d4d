package dev.homeostat.host.facts;

import dev.homeostat.resource.Trouble;

/** Looks at the machine, afresh with every call. Thread-safe. */
public interface MachineLook {
    /**
     * Starts no process.
     *
     * @throws Trouble transient, with the file, if what is always there is missing or is not what it should be
     */
    Machine machine() throws Trouble;

    /**
     * Drivers, compressed memory and swap. Starts no process.
     *
     * @throws Trouble as {@link #machine}
     */
    Hardware hardware() throws Trouble;

    /**
     * Both, and what Nix says of itself, which starts processes where there is a Nix.
     *
     * @throws Trouble as {@link #machine}; what goes wrong with Nix is part of the answer
     */
    Facts facts() throws Trouble;
}
