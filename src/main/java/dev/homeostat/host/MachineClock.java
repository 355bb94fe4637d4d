package dev.homeostat.host;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.time.InstantSource;

/** The one clock: the machine's, for what people read. Durations are measured by {@link System#nanoTime}, which never jumps. */
@ApplicationScoped
public class MachineClock {
    @Produces
    @ApplicationScoped
    InstantSource clock() {
        return InstantSource.system();
    }
}
