package dev.homeostat.resource;

/** The answer to one look at one resource. */
public sealed interface Sighting<O extends Observation> {
    /** It was looked at; this is what is there (also when nothing is there). */
    record Seen<O extends Observation>(O observation) implements Sighting<O> {}

    /** This machine has no such subsystem, or one too old; {@code reason} names what would be needed. */
    record Unsupported<O extends Observation>(String reason) implements Sighting<O> {}

    /** It could not be looked at this time. */
    record Unclear<O extends Observation>(Trouble trouble) implements Sighting<O> {}
}
