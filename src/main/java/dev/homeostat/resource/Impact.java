package dev.homeostat.resource;

/** What an action costs those who use the machine. */
public enum Impact {
    /** Nobody notices. */
    NONE,
    /** Interrupts something that runs. */
    DISRUPTIVE,
    /** Undoes what somebody else did, perhaps on purpose: waits for an approval that names it. */
    CONTESTED,
    /** Loses data that cannot be had back from the declaration: waits for an approval that names it. */
    DESTRUCTIVE
}
