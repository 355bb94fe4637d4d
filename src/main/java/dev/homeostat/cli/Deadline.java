package dev.homeostat.cli;

import java.util.concurrent.locks.LockSupport;

/** Ends the process when {@code --timeout} is over, or when the daemon shows no sign of life. */
final class Deadline extends Thread {
    /** The daemon shows one every 15 s. */
    private static final long SILENCE_LIMIT_MILLIS = 60_000;

    private final long end;
    private final String timeout;
    private volatile long heard;

    private Deadline(long end, String timeout) {
        super("deadline");
        this.end = end;
        this.timeout = timeout;
        this.heard = System.nanoTime() / 1_000_000;
        setDaemon(true);
    }

    /** @param timeout as on the command line; null for none */
    static Deadline start(String timeout) {
        long millis = timeout == null ? -1 : CommandLine.milliseconds(timeout);
        long now = System.nanoTime() / 1_000_000;
        Deadline deadline = new Deadline(millis < 0 ? Long.MAX_VALUE : now + millis, timeout);
        deadline.start();
        return deadline;
    }

    void heard() {
        heard = System.nanoTime() / 1_000_000;
    }

    @Override
    public void run() {
        while (true) {
            long now = System.nanoTime() / 1_000_000;
            long next = Math.min(end, heard + SILENCE_LIMIT_MILLIS);
            if (now >= next) {
                Client.complain(
                        now >= end
                                ? "homeostat: not done within " + timeout
                                : "homeostat: the daemon has shown no sign of life for 60 s; its journal may say why");
                Runtime.getRuntime().halt(ExitCode.TIMED_OUT.number());
            }
            LockSupport.parkNanos((next - now) * 1_000_000);
        }
    }
}
