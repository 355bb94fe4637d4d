package dev.homeostat.host.facts;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * What the machine is called, and whose it is. Texts are as their files say: whether a declaration takes them is not decided
 * here.
 *
 * @param timeZone such as {@code Europe/Berlin}; empty if nobody chose one
 * @param locale such as {@code de_DE.UTF-8}; empty if nobody chose one
 * @param stateVersion the release that NixOS was first installed with, by its own configuration; empty if that does not say
 * @param flake whether the owner keeps the system in a flake at {@code /etc/nixos}
 * @param people who can log in, by user id
 * @param lingering names of users whose services run without a login
 */
public record Identity(
        Optional<String> hostName,
        Optional<String> timeZone,
        Optional<String> locale,
        Optional<String> stateVersion,
        boolean flake,
        List<Person> people,
        List<String> lingering) {
    public Identity {
        requireNonNull(hostName, "hostName is null");
        requireNonNull(timeZone, "timeZone is null");
        requireNonNull(locale, "locale is null");
        requireNonNull(stateVersion, "stateVersion is null");
        people = List.copyOf(people);
        lingering = List.copyOf(lingering);
    }

    /**
     * A user with a login shell.
     *
     * @param description full name
     * @param shell its name without its path
     * @param gitName who commits, by git's own configuration
     */
    public record Person(
            String name,
            Optional<String> description,
            String shell,
            Optional<String> gitName,
            Optional<String> gitEmail) {}
}
