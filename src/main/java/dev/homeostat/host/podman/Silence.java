package dev.homeostat.host.podman;

import dev.homeostat.resource.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * A podman that takes connections and gives no answer: it was stopped, or waits for a lock of its storage. One look waits
 * for it, all others are told at once; as soon as that one has an answer, everybody is told to look again. Thread-safe.
 */
final class Silence {
    private static final Logger LOG = Logger.getLogger(Silence.class);

    /** A look. */
    interface Look {
        Object look() throws Trouble;
    }

    private final String who;
    private final List<Runnable> whenOver = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();
    /** What the look said that got no answer; null while podman answers. Written under {@code lock}. */
    private volatile Trouble trouble;
    /** Guarded by {@code lock}. */
    private Thread waiting;

    private volatile boolean closed;

    Silence(String who) {
        this.who = who;
    }

    void whenOver(Runnable told) {
        whenOver.add(told);
    }

    /** @throws Trouble if podman gives no answer now */
    void refuse() throws Trouble {
        Trouble now = trouble;
        if (now != null) {
            throw new Trouble(now.sort(), now.getMessage(), now.remedy(), now.getCause());
        }
    }

    /** @param look that got no answer; done again until it gets one */
    void begins(Trouble noAnswer, Look look) {
        synchronized (lock) {
            if (trouble == null && !closed) {
                trouble = noAnswer;
                LOG.warnf("%s: %s; asking again until there is an answer", who, noAnswer.getMessage());
                waiting = Thread.ofVirtual().name("podman-silent").start(() -> await(look));
            }
        }
    }

    private void await(Look look) {
        long start = System.nanoTime();
        while (!closed && isSilent(look)) {
            // each look has its own limit: no pause is needed in between
        }
        synchronized (lock) {
            trouble = null;
            waiting = null;
        }
        if (!closed) {
            LOG.infof(
                    "%s: podman answers again, %d s later",
                    who, Duration.ofNanos(System.nanoTime() - start).toSeconds());
            whenOver.forEach(Runnable::run);
        }
    }

    /** Any other trouble than none is an answer: those who look will get it, too. */
    private static boolean isSilent(Look look) {
        try {
            look.look();
            return false;
        } catch (Trouble t) {
            return t.getCause() instanceof TimeoutException;
        }
    }

    void close() {
        synchronized (lock) {
            closed = true;
            if (waiting != null) {
                waiting.interrupt();
            }
        }
    }
}
