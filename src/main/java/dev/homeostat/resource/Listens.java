package dev.homeostat.resource;

import java.util.List;

/** A {@link Spec} of something that listens on ports of this machine when it is as declared. */
public interface Listens {
    /** Empty if none is known; never null. */
    List<HostPort> listens();

    /** The dotted path below the entry of the declaration that says so. */
    default String listensKey() {
        return "ports";
    }
}
