package dev.homeostat.host.nix;

import java.time.Instant;

/**
 * One generation of a profile.
 *
 * @param number from 1, never used twice by a profile
 * @param target what it holds
 * @param made when its link was made
 */
public record Generation(int number, StorePath target, Instant made) {}
