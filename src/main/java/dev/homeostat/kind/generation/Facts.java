package dev.homeostat.kind.generation;

import dev.homeostat.kind.generation.settings.MachineFacts;
import dev.homeostat.resource.Trouble;

/** Observes of the machine what decides what is generated. Starts no process. Thread-safe. */
public interface Facts {
    MachineFacts look() throws Trouble;
}
