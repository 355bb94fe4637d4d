package dev.homeostat.ai;

import dev.homeostat.host.facts.Hardware;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the machine has for models.
 *
 * @param ramBytes memory of the machine
 * @param card whose graphics card has memory of its own; empty if none has, or none is known
 * @param cardBytes how much that is; 0 without one
 * @param freeBytes room where models are kept; empty if it could not be told in time
 * @param unknown what could not be found out, a sentence; empty if nothing
 */
public record Capacity(
        long ramBytes, Optional<Hardware.Maker> card, long cardBytes, OptionalLong freeBytes, String unknown) {}
