package dev.homeostat.ai.model;

import dev.homeostat.resource.Trouble;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;

/** Tells how far it is, now and then. For one thread. */
final class Progress {
    /** After so much at the latest it is looked whether there is still room, and somebody who listens. */
    static final long STEP_BYTES = 64L << 20;

    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final PrintStream out;
    private long toldNanos = System.nanoTime() - EVERY_NANOS;

    Progress(PrintStream out) {
        this.out = out;
    }

    /**
     * @param expectedBytes 0 if nobody knows
     * @throws Trouble transient if nobody listens any more: the daemon is gone, and another one begins anew
     */
    void tell(String what, long doneBytes, long expectedBytes) throws Trouble {
        if (System.nanoTime() - toldNanos >= EVERY_NANOS) {
            toldNanos = System.nanoTime();
            line(Outcome.progress(what, doneBytes, expectedBytes));
        }
    }

    void say(String what) throws Trouble {
        line(Outcome.doing(what));
    }

    private void line(String line) throws Trouble {
        out.println(line);
        if (out.checkError()) {
            throw Trouble.passing("nobody listens any more");
        }
    }
}
