package dev.homeostat.reconcile;

/** Checks that follow from what is declared: each looks now, whatever the loop thinks. Thread-safe; calls wait. */
public interface Examiner {
    /** Looks: at every resource, and at what else has to be true. Starts nothing that is declared. */
    Examined examine();

    /** The same, and what is declared as a check is tried: programs among it, as root. */
    Examined test();
}
