package dev.homeostat.reconcile;

import dev.homeostat.resource.Action;
import dev.homeostat.resource.ResourceId;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * What the loop tells while it works, to be counted. The loop calls every bean of this type; implementations are
 * thread-safe, return at once and throw nothing.
 */
public interface RunListener {
    /** An event source said "look again" at one resource. */
    default void noticed(ResourceId resource) {}

    /** An event source missed something (overflow, lost connection) or reconnected: all of one kind is looked at. */
    default void missed(String kind) {}

    /**
     * An action ended.
     *
     * @param outcome as in {@link RunInfo.StepInfo#outcome()}
     */
    default void stepEnded(Action action, String outcome, Duration took) {}

    /**
     * A resource is in sync again after corrections.
     *
     * @param took from the notice (or from the accepted declaration) to the observation without a difference
     */
    default void converged(ResourceId resource, Origin origin, Duration took) {}

    /** A resource that was corrected again and again is left alone for a while: somebody else undoes it. */
    default void fought(ResourceId resource) {}

    /** A declaration is in force that wants metrics and health on this TCP port of the loopback interface, or nowhere. */
    default void metricsPort(OptionalInt port) {}

    /** A full pass ended. */
    default void passEnded(Duration took) {}
}
