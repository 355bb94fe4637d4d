package dev.homeostat.resource;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How to observe, compare and correct one sort of resource. A kind holds no truth of its own between calls: what is true
 * is on the machine. It may cache what it can prove unchanged.
 *
 * <p>Thread-safe. {@link #observe} and {@link #assess} change nothing on the machine. {@link #perform} must be idempotent:
 * after a crash it may be called for an action that was half done. No two calls of {@code perform} for the same resource
 * run at once.
 */
public interface Kind<S extends Spec, O extends Observation> {
    /** As it stands in ids: {@code file}. */
    String name();

    /** The record that {@link Desired#spec()} holds. */
    Class<S> specType();

    /**
     * Looks at the machine.
     *
     * @return exactly one answer for each resource asked for; trouble with one must not spoil the others
     */
    Map<ResourceId, Sighting<O>> observe(Collection<Desired<S>> resources);

    /** Compares, and says what to do in which order. Pure: the same input gives the same answer. */
    Assessment assess(Desired<S> desired, O observed);

    /**
     * Carries out one action that {@link #assess} gave.
     *
     * @throws Trouble if it could not be done; the machine is as before or as an observation will show
     */
    void perform(Desired<S> desired, Action action) throws Trouble;

    /**
     * The same, for an action that takes long and can tell how far it is.
     *
     * @param advances told by some thread, one at a time and in order; returns at once
     */
    default void perform(Desired<S> desired, Action action, Consumer<Advance> advances) throws Trouble {
        perform(desired, action);
    }

    /**
     * What to leave behind when the resource is no longer declared. Asked before the first action on it.
     *
     * @param before what was there before that action
     * @param ours whether an earlier answer was recorded, that is: it is already known as made by us
     * @return how it should then be, without secrets and without anything that loses data; empty to leave it as it is
     */
    Optional<S> whenUndeclared(Desired<S> desired, O before, boolean ours);

    /**
     * From now on says "look again" for these resources and no others; called anew whenever the set changes. Must not
     * block for long, and must reconnect by itself.
     */
    void watch(Collection<Desired<S>> resources, LookAgain lookAgain);

    /**
     * For how long one piece of work on the resource may rightly take, where that is longer than what counts as hung: a
     * build, say. Zero if nothing of it takes long.
     */
    default Duration patience(Desired<S> desired) {
        return Duration.ZERO;
    }

    /**
     * How often to ask what no event of this machine tells of, such as a repository elsewhere; empty if there is nothing of
     * the kind. Asked for whenever the set of resources changes.
     */
    default Optional<Duration> pollEvery(Collection<Desired<S>> resources) {
        return Optional.empty();
    }

    /** Asks it. Changes nothing but what the kind knows, says "look again" of what is news, and may wait. */
    default void poll() {}

    /**
     * Somebody wants it tried again: what the kind has given up by itself until something changes is taken up anew.
     */
    default void retry(Desired<S> desired) {}

    /**
     * The owner says that what was put in force for a try is good.
     *
     * @param who says so, for people
     * @return what was confirmed, a sentence; empty if nothing of it waits for that
     * @throws Trouble conflict if it is too late; else if it cannot be put down
     */
    default Optional<String> confirm(Desired<S> desired, String who) throws Trouble {
        return Optional.empty();
    }

    /**
     * What became of deployments of the resource.
     *
     * @param limit at most so many, newest first
     */
    default List<Deployed> deployments(Desired<S> desired, int limit) {
        return List.of();
    }

    /**
     * Who moved the resource last, as far as is known. Asked for the sake of history after a drift was corrected, never
     * before: it may take some tenths of a second.
     */
    default Optional<Rival> rival(Desired<S> desired) {
        return Optional.empty();
    }
}
