package dev.homeostat.host.nix;

import java.time.Instant;

/**
 * A switch that somebody else has ordered and that runs now.
 *
 * @param who the unit or the process, for people
 * @param since when it began; {@link Instant#EPOCH} if that is not known
 */
public record OtherSwitch(String who, Instant since) {}
