package dev.homeostat.control.console;

/** A command that only the running daemon can answer was asked of a process without one. */
final class NeedsDaemon extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param start what starts it */
    NeedsDaemon(String start) {
        super("this needs the daemon, and none is running; start it with: " + start, null, false, false);
    }
}
