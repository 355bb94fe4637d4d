package dev.homeostat.host.process;

import dev.homeostat.resource.Trouble;
import java.io.IOException;
import java.io.InputStream;
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

    /** Reads what a program writes while it runs, to the end, and bounds what it keeps. */
    interface Reader {
        /** @throws IOException if it cannot be read or is not acceptable: the program is then killed */
        void read(InputStream in) throws IOException;
    }

    /**
     * Runs a program to its end.
     *
     * @param arguments program and arguments; never a shell string
     * @param environment added to a minimal one (PATH, LANG=C.UTF-8)
     * @param limit after which it is killed
     * @throws Trouble transient, if it could not be started or took longer; any exit code is an answer
     */
    Result run(List<String> arguments, Map<String, String> environment, Duration limit) throws Trouble;

    /**
     * Runs a program to its end, while its output is read. When its time is up, or it is to be given up, nothing of it or of
     * what it started is left when this returns.
     *
     * @param output of standard output, by a thread of its own
     * @param errors of standard error, by a thread of its own
     * @return the exit code
     * @throws Trouble transient, if it could not be started, took longer, was given up, or wrote what a reader refused
     */
    int run(Command command, Reader output, Reader errors, Cancellation cancellation) throws Trouble;
}
