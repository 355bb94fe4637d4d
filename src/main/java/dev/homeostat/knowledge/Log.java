package dev.homeostat.knowledge;

import java.io.PrintStream;

/** Lines for whoever runs this: with the level as systemd's journal reads it, if that listens. Thread-safe. */
final class Log {
    private final PrintStream out;
    private final boolean journal;

    Log(PrintStream out, boolean journal) {
        this.out = out;
        this.journal = journal;
    }

    void info(String line) {
        print(6, line);
    }

    void warning(String line) {
        print(4, line);
    }

    void error(String line) {
        print(3, line);
    }

    /** A mistake of ours, with where it was made. */
    void bug(String line, Throwable bug) {
        print(3, line + ": " + bug);
        for (StackTraceElement frame : bug.getStackTrace()) {
            print(3, "    at " + frame);
        }
    }

    private void print(int level, String line) {
        String plain = line.replaceAll("\\p{Cntrl}", " ");
        out.println(journal ? "<" + level + ">" + plain : "homeostat knowledge: " + plain);
    }
}
