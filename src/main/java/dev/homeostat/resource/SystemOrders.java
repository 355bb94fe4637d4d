package dev.homeostat.resource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What an owner can say about the system besides what is declared. Every {@link Trouble} says what was wrong with the order:
 * then nothing was changed. Thread-safe; calls may wait for programs and servers.
 */
public interface SystemOrders {
    /** The resource that all of this is about. */
    ResourceId resource();

    /**
     * What a repository was found to hold.
     *
     * @param source the repository
     * @param commit that is to be in force
     * @param news whether it is another than before
     */
    record Polled(String source, String commit, boolean news) {}

    /**
     * Asks the declared repository for news, now.
     *
     * @throws Trouble if it cannot be reached, if what it holds is refused, or if the system comes from somewhere else
     */
    Polled poll() throws Trouble;

    /** How a system can be ordered. */
    List<String> OPERATIONS = List.of("switch", "boot", "test");

    /**
     * A system that is to be in force instead of what is declared.
     *
     * @param path in the store
     * @param operation {@code switch}, {@code boot} or {@code test}
     * @param by who said so
     */
    record Order(String path, String operation, Instant at, String by) {}

    /**
     * Puts a system that was built elsewhere in force instead of what is declared, until that changes or {@link #declared} is
     * said. Returns when the order is on the disk; carrying it out is the loop's.
     *
     * @param operation empty for the declared one
     * @throws Trouble invalid if it is no path of the store, not to be had, or no system
     */
    Order deploy(String path, Optional<String> operation, String by) throws Trouble;

    /**
     * Ends an order.
     *
     * @return the order; empty if there was none
     */
    Optional<Order> declared() throws Trouble;

    /**
     * An input of the generated system.
     *
     * @param type such as {@code github}
     * @param revision if it has one
     * @param modified when its content was last changed, if that is known
     */
    record Input(String name, String type, Optional<String> revision, Optional<Instant> modified) {}

    /**
     * The locked inputs.
     *
     * @param none why there are none; empty if there are
     * @param former when those before were replaced, which can be restored; empty if none are kept
     */
    record Inputs(List<Input> inputs, Optional<String> none, Optional<Instant> former) {}

    Inputs inputs() throws Trouble;

    /**
     * What was changed.
     *
     * @param before by name; only those that moved
     * @param after the same ones
     */
    record InputsChange(List<Input> before, List<Input> after, Duration took) {}

    /**
     * Locks inputs to what is newest, and keeps those that were locked. What the system becomes with them is the loop's.
     *
     * @param names all if empty
     * @param progress told now and then, a sentence
     * @throws Trouble conflict if the system is not generated; invalid if there is no such input
     */
    InputsChange updateInputs(List<String> names, Consumer<String> progress) throws Trouble;

    /**
     * Goes back to the inputs that were kept; those of now are kept instead.
     *
     * @throws Trouble conflict if none are kept
     */
    InputsChange restoreInputs() throws Trouble;
}
