package dev.homeostat.kind.generation;

import dev.homeostat.kind.generation.settings.DeploymentSettings;
import java.util.List;

/** Looks at what has to be true of a new generation. Thread-safe; calls wait, at most as long as each check may. */
public interface Checks {
    /** A sentence for each check that does not pass right now; empty if all do. */
    List<String> failing(DeploymentSettings deployment);
}
