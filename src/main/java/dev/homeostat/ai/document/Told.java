package dev.homeostat.ai.document;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;

/**
 * Lines for whoever runs this, with the level as systemd's journal reads it, if that listens. What is wrong is said once until
 * it is over. For the thread of the loop only.
 */
final class Told {
    /** What is wrong at once in more places than that is one thing, and is said by the number. */
    private static final int TROUBLES_LIMIT = 100;

    private final PrintStream out;
    private final boolean journal;
    private final Map<String, String> troubles = new HashMap<>();

    Told(PrintStream out, boolean journal) {
        this.out = out;
        this.journal = journal;
    }

    void info(String line) {
        print(6, line);
    }

    void warning(String line) {
        print(4, line);
    }

    /** @param about what it is about: said again only if it is another trouble, or after {@link #over} */
    void trouble(String about, String line) {
        if (troubles.size() >= TROUBLES_LIMIT && !troubles.containsKey(about)) {
            return; // the status tells how many
        }
        if (!line.equals(troubles.put(about, line))) {
            print(4, line);
        }
    }

    /** @param line said if there was trouble */
    void over(String about, String line) {
        if (troubles.remove(about) != null) {
            print(6, line);
        }
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
        out.println(journal ? "<" + level + ">" + plain : "homeostat documents: " + plain);
    }
}
