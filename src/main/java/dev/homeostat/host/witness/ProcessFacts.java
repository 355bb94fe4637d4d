package dev.homeostat.host.witness;

import java.util.List;
import java.util.Optional;

/**
 * One process, as proc(5) showed it.
 *
 * @param uid real user id
 * @param effectiveUid with whose rights it acts
 * @param loginUid of the user who logged in, whatever he became since (audit's loginuid); empty where that is not set
 * @param name of the program, at most 15 bytes of it
 * @param arguments its command line, the program first; empty of a process that has ended and was not waited for yet
 */
public record ProcessFacts(
        long pid,
        long parent,
        int uid,
        int effectiveUid,
        Optional<Integer> loginUid,
        String name,
        List<String> arguments) {
    public ProcessFacts {
        arguments = List.copyOf(arguments);
    }

    /** Name of the program's file, as it was started: {@code systemctl} for {@code /usr/bin/systemctl}; empty if not known. */
    public String program() {
        return program(arguments);
    }

    static String program(List<String> arguments) {
        return arguments.isEmpty()
                ? ""
                : arguments.getFirst().substring(arguments.getFirst().lastIndexOf('/') + 1);
    }
}
