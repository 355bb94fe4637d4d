package dev.homeostat.reconcile;

import dev.homeostat.resource.Trouble;
import java.time.Duration;

/**
 * The loop as the program starts and ends it. Before {@link #start} nothing is opened, read or watched: commands that need
 * no daemon ({@code homeostat validate}) use the same {@link Engine} without ever starting it, only for what depends on
 * nothing but its arguments.
 */
public interface Loop extends Progress {
    /**
     * Opens the journal, reads the declaration and begins the first pass; returns without waiting for its end.
     *
     * @throws Trouble if there is no working without a person
     */
    void start() throws Trouble;

    /**
     * Takes up nothing new and waits for the running steps to end; what has not ended by then is journaled as interrupted.
     * Does nothing if the loop was never started.
     *
     * @param limit how long to wait
     */
    void stop(Duration limit);
}
