package dev.homeostat.host.process;

import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The one way of running a program: an argument list, a time limit, bounded output, a fixed environment. Thread-safe. */
public interface Processes {
    /**
     * @param exitCode of the program
     * @param output what it wrote to standard output
     * @param errors what it wrote to standard error
     */
    record Result(int exitCode, String output, String errors) {}

    /**
     * Runs a program to its end.
     *
     * @param arguments program and arguments; never a shell string
     * @param environment added to a minimal one (PATH, LANG=C.UTF-8)
     * @param limit after which it is killed
     * @throws Trouble transient, if it could not be started or took longer; any exit code is an answer
     */
    Result run(List<String> arguments, Map<String, String> environment, Duration limit) throws Trouble;
}
