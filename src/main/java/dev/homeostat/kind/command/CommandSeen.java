package dev.homeostat.kind.command;

import dev.homeostat.resource.Observation;

/**
 * What the guard says.
 *
 * @param done whether nothing is left to be run
 * @param how it was seen, for people
 */
public record CommandSeen(boolean done, String how) implements Observation {}
