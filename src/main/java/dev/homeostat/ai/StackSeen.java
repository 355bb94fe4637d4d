package dev.homeostat.ai;

import dev.homeostat.resource.Observation;

/**
 * What the machine has for models.
 *
 * @param memory of the machine
 * @param graphicsMemory of the graphics card that has most of its own
 * @param room where models are kept
 */
public record StackSeen(String memory, String graphicsMemory, String room) implements Observation {}
