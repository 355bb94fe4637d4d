package dev.homeostat.resource;

import java.util.List;

/** What would make putting another system in force go wrong. Changes nothing. Thread-safe. */
public interface Preflight {
    /** Looks now; only what has failed, empty if nothing is in the way. */
    List<Finding> obstacles();
}
