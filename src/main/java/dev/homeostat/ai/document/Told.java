package dev.homeostat.ai.document;

import dev.homeostat.resource.StandardLog;
import java.util.HashMap;
import java.util.Map;

/**
 * Lines for whoever runs this. What is wrong is said once until it is over. For the thread of the loop only.
 */
final class Told {
    /** What is wrong at once in more places than that is one thing, and is said by the number. */
    private static final int TROUBLES_LIMIT = 100;

    private final StandardLog log;
    private final Map<String, String> troubles = new HashMap<>();

    Told(StandardLog log) {
        this.log = log;
    }

    void info(String line) {
        log.info(line);
    }

    void warning(String line) {
        log.warning(line);
    }

    /** @param about what it is about: said again only if it is another trouble, or after {@link #over} */
    void trouble(String about, String line) {
        if (troubles.size() >= TROUBLES_LIMIT && !troubles.containsKey(about)) {
            return; // the status tells how many
        }
        if (!line.equals(troubles.put(about, line))) {
            log.warning(line);
        }
    }

    /** @param line said if there was trouble */
    void over(String about, String line) {
        if (troubles.remove(about) != null) {
            log.info(line);
        }
    }

    /** A mistake of ours, with where it was made. */
    void bug(String line, Throwable bug) {
        log.bug(line, bug);
    }
}
