package dev.homeostat.telemetry;

import dev.homeostat.reconcile.Timetable;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/**
 * Gives heap back to the machine after something large (a declaration of megabytes, a thousand lines of history). The serial
 * collector gives back only what a full collection finds free, and in a daemon that has next to nothing to do none comes by
 * itself. Used by one thread at a time.
 */
@ApplicationScoped
@Startup
public class HeapReturn {
    private static final Duration EVERY = Duration.ofMinutes(1);
    /** More than this since the last time is worth the fifty milliseconds that a collection takes. */
    private static final long GROWTH_BYTES = 16L << 20;

    private final Timetable timetable;
    private long after;

    public HeapReturn(Timetable timetable) {
        this.timetable = timetable;
        this.after = Runtime.getRuntime().totalMemory();
    }

    @PostConstruct
    void begin() {
        timetable.every("heap", EVERY, this::look);
    }

    private void look() {
        if (Runtime.getRuntime().totalMemory() - after > GROWTH_BYTES) {
            System.gc();
            after = Runtime.getRuntime().totalMemory();
        }
    }
}
