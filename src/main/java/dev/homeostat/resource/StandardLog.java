package dev.homeostat.resource;

import java.io.PrintStream;

/**
 * Lines of a process that is not the daemon, for whoever runs it: with the level as systemd reads it (sd-daemon(3)), if that
 * listens, else with the process's name. Thread-safe.
 */
public final class StandardLog {
    // syslog(3)
    private static final int ERROR = 3;
    private static final int WARNING = 4;
    private static final int INFO = 6;

    private final PrintStream out;
    private final String name;
    private final boolean systemd;

    /**
     * @param name before each line that a person reads directly: {@code homeostat knowledge}
     * @param systemd whether systemd reads the lines
     */
    public StandardLog(PrintStream out, String name, boolean systemd) {
        this.out = out;
        this.name = name;
        this.systemd = systemd;
    }

    public void info(String line) {
        print(INFO, line);
    }

    public void warning(String line) {
        print(WARNING, line);
    }

    public void error(String line) {
        print(ERROR, line);
    }

    /** A mistake of ours, with where it was made. */
    public void bug(String line, Throwable bug) {
        error(line + ": " + bug);
        for (StackTraceElement frame : bug.getStackTrace()) {
            error("    at " + frame);
        }
    }

    private void print(int level, String line) {
        String plain = line.replaceAll("\\p{Cntrl}", " ");
        out.println(systemd ? "<" + level + ">" + plain : name + ": " + plain);
    }
}
