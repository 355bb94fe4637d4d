package dev.homeostat.resource;

/** What an action costs those who use the machine. */
public enum Impact {
    /** Nobody notices. */
    NONE,
    /** Was promised to be done by now, whatever anybody wishes since: neither a pause nor a question holds it back. */
    PROMISED,
    /** Interrupts something that runs. */
    DISRUPTIVE,
    /** Undoes what somebody else did, perhaps on purpose: waits for an approval that names it. */
    CONTESTED,
    /** Loses data that cannot be had back from the declaration: waits for an approval that names it. */
    DESTRUCTIVE
}
