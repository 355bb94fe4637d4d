package dev.homeostat.resource;

/** The phases of a run, in order. Drift of one resource is corrected in {@link #DEPLOYMENT} alone. */
public enum Phase {
    INITIALIZATION,
    BACKUP,
    GENERATION,
    VALIDATION,
    DEPLOYMENT,
    TOOLING,
    VERIFICATION,
    REPORT,
    AI;

    /** Its number as people know it, from 1. */
    public int number() {
        return ordinal() + 1;
    }
}
